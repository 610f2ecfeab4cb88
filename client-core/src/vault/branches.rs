//! The branches of a chat, and which of them are shown. Which messages stand on a path depends only on what is known,
//! not on the order in which it came.
//!
//! A message whose branch is unknown, or leads nowhere, stands in the chat's first branch: nothing is ever lost.

use shared_types::ordered::{SortedMap, SortedSet, sort_by_key};

use super::Vault;
use super::chat::Chat;
use crate::records::{Author, BranchRow, Message, Spot, Standing};
use crate::time::Stamp;
use crate::view::{ChatId, MessageId, Step, VersionsView};

/// Orders questions, and the answer after each.
type Place = (Stamp, Spot);

/// All versions of a chat that count.
pub(super) struct Branches<'a> {
    rows: SortedMap<MessageId, BranchRow>,
    chosen: &'a SortedMap<Spot, (Option<MessageId>, Stamp)>,
    /// First versions that were taken back.
    gone: SortedSet<MessageId>,
}

/// Branches that follow one another, each up to where the next leaves it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<(Option<MessageId>, Option<Place>)>);

impl Branches<'_> {
    /// The branch of this name, if it is known and leads back to the first one.
    fn known(&self, branch: Option<MessageId>) -> Option<MessageId> {
        let mut next = branch;
        for _ in 0..=self.rows.len() {
            let Some(id) = next else { return branch };
            next = self.rows.get(&id)?.fork.branch;
        }
        None
    }

    /// The branch in which a message stands.
    fn of(&self, message: &Message) -> Option<MessageId> {
        let is_mine = message.author == Author::Owner;
        match message.standing {
            None => None,
            Some(Standing::In(branch)) => self.known(Some(branch)),
            // The branch that an answer begins is not that of its question.
            Some(Standing::Instead(_)) if is_mine => self.known(Some(message.id)),
            Some(Standing::Instead(fork)) => self.known(fork.branch),
        }
    }

    /// The versions of a spot besides the first, oldest first.
    fn at(&self, spot: Spot) -> Vec<MessageId> {
        let mut rows: Vec<_> = self.rows.iter().filter(|(_, row)| row.spot == spot).collect();
        sort_by_key(&mut rows, |(id, row)| (row.at, **id));
        rows.into_iter().map(|(id, _)| *id).collect()
    }

    /// The version of a spot that is shown: the one that was chosen last, else the newest; `None` = the first.
    fn shown_at(&self, spot: Spot) -> Option<MessageId> {
        let versions = self.all_at(spot);
        let chosen = self.chosen.get(&spot).map(|(version, _)| *version).filter(|version| versions.contains(version));
        chosen.or_else(|| versions.last().copied()).flatten()
    }

    /// All versions of a spot, oldest first; `None` = the first one.
    fn all_at(&self, spot: Spot) -> Vec<Option<MessageId>> {
        let is_first_gone = matches!(spot, Spot::Question(id) if self.gone.contains(&id));
        let first = (!is_first_gone).then_some(None);
        first.into_iter().chain(self.at(spot).into_iter().map(Some)).collect()
    }

    /// Which version of its spot a message is, if there are several.
    pub(super) fn versions_of(&self, message: &Message) -> Option<VersionsView> {
        self.versions_at(spot_of(message), message.id)
    }

    fn versions_at(&self, spot: Spot, shown: MessageId) -> Option<VersionsView> {
        let all = self.all_at(spot);
        let nth = all.iter().position(|version| *version == Some(shown)).unwrap_or(0);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (all.len() > 1).then(|| VersionsView { nth: count(nth + 1), n_versions: count(all.len()) })
    }

    /// What is shown: at every spot the version that is to be seen there.
    pub(super) fn shown(&self) -> Path {
        let mut path = Vec::new();
        let mut branch = None;
        // A branch is entered once, so this ends.
        for _ in 0..=self.rows.len() {
            let leaving = self.rows.values().filter(|row| self.known(row.fork.branch) == branch);
            let mut spots: Vec<Place> = leaving.map(|row| (row.fork.at, row.spot)).collect();
            sort_by_key(&mut spots, order);
            let next =
                spots.into_iter().find_map(|(at, spot)| self.shown_at(spot).map(|version| ((at, spot), version)));
            path.push((branch, next.map(|(end, _)| end)));
            let Some((_, version)) = next else { break };
            branch = Some(version);
        }
        Path(path)
    }

    /// What stands before everything in a branch, and that branch to its end.
    fn path_to(&self, branch: Option<MessageId>) -> Path {
        let mut path = vec![(branch, None)];
        let mut row = branch.and_then(|branch| self.rows.get(&branch));
        while let Some(left) = row {
            let branch = self.known(left.fork.branch);
            path.push((branch, Some((left.fork.at, left.spot))));
            row = branch.and_then(|branch| self.rows.get(&branch));
        }
        path.reverse();
        Path(path)
    }
}

impl Chat {
    /// Takes notice of a version that begins a branch.
    pub(super) fn note_branch(&mut self, message: &Message) {
        if let Some(Standing::Instead(fork)) = message.standing {
            let row = BranchRow { spot: spot_of(message), fork, at: message.at };
            self.outline.branches.insert(message.id, row);
        }
    }
}

/// The spot at which a message is one of the versions.
fn spot_of(message: &Message) -> Spot {
    match (&message.author, message.standing) {
        (Author::Owner, Some(Standing::Instead(fork))) => Spot::Question(fork.question),
        (Author::Owner, _) => Spot::Question(message.id),
        (Author::Model { question, .. }, _) => Spot::Answer(*question),
    }
}

/// Questions in the order in which they were written, each before its answer.
fn order((at, spot): &Place) -> (Stamp, MessageId, bool) {
    match spot {
        Spot::Question(id) => (*at, *id, false),
        Spot::Answer(id) => (*at, *id, true),
    }
}

impl Path {
    /// Which of its branches holds a message of this branch and place.
    fn place_of(&self, branch: Option<MessageId>, at: Stamp, id: MessageId) -> Option<usize> {
        let place = (at, Spot::Question(id));
        let holds = |end: &Option<Place>| end.as_ref().is_none_or(|end| order(&place) < order(end));
        self.0.iter().position(|(other, end)| *other == branch && holds(end))
    }

    /// Which of its branches a version began.
    fn begun_by(&self, version: MessageId) -> Option<usize> {
        self.0.iter().position(|(branch, _)| *branch == Some(version))
    }

    /// The version that stands for the answer to a question, if it began a branch.
    fn answer_to(&self, question: MessageId) -> Option<MessageId> {
        let leaves = |end: &Option<Place>| end.is_some_and(|(_, spot)| spot == Spot::Answer(question));
        let at = self.0.iter().position(|(_, end)| leaves(end))?;
        self.0.get(at + 1)?.0
    }

    /// The branch in which it ends.
    fn last(&self) -> Option<MessageId> {
        self.0.last().and_then(|(branch, _)| *branch)
    }
}

impl Vault {
    /// The versions of a chat: those that are written, and answers that this device is to have written again.
    pub(super) fn branches<'a>(&self, id: ChatId, chat: &'a Chat) -> Branches<'a> {
        let outline = &chat.outline;
        let mut rows = outline.branches.clone();
        rows.retain(|version, row| !self.is_taken_back(outline, *version, row.at.device));
        for row in self.waiting.values().filter(|row| row.chat == id) {
            if let (Some(turn), Some(Standing::Instead(fork))) = (row.turn, row.standing) {
                rows.insert(turn, BranchRow { spot: Spot::Answer(fork.question), fork, at: row.at });
            }
        }
        let first = rows.values().map(|row| (row.fork.question, row.fork.at.device));
        let gone = first.filter(|(first, device)| self.is_taken_back(outline, *first, *device));
        let gone = gone.map(|(first, _)| first).collect();
        Branches { rows, chosen: &outline.chosen, gone }
    }

    /// The loaded messages on a path, in order: each question, then the newest of its answers there.
    pub(super) fn messages_on<'a>(&'a self, chat: &'a Chat, branches: &Branches<'_>, path: &Path) -> Vec<&'a Message> {
        let mut answers: SortedMap<MessageId, &Message> = SortedMap::new();
        let mut versions: SortedMap<MessageId, &Message> = SortedMap::new();
        let mut questions: SortedSet<MessageId> = SortedSet::new();
        for message in self.shown_tail(chat) {
            match (&message.author, message.standing) {
                (Author::Owner, _) => drop(questions.insert(message.id)),
                (Author::Model { .. }, Some(Standing::Instead(_))) => drop(versions.insert(message.id, message)),
                (Author::Model { question, .. }, _) => drop(answers.insert(*question, message)),
            }
        }
        let answer_of = |question: &MessageId| match path.answer_to(*question) {
            Some(version) => versions.get(&version).copied(),
            None => answers.get(question).copied().filter(|_| !self.is_asked_anew(question)),
        };
        let mut shown: Vec<(usize, &Message)> = Vec::new();
        for message in self.shown_tail(chat) {
            let place = path.place_of(branches.of(message), message.at, message.id);
            match (&message.author, message.standing) {
                (Author::Owner, _) => {
                    let Some(place) = place else { continue };
                    shown.push((place, message));
                    shown.extend(answer_of(&message.id).map(|answer| (place, answer)));
                }
                (Author::Model { question, .. }, _) if questions.contains(question) => {}
                // Its question is not loaded.
                (Author::Model { .. }, Some(Standing::Instead(_))) => {
                    shown.extend(path.begun_by(message.id).map(|place| (place, message)));
                }
                (Author::Model { question, .. }, _) => {
                    let is_it = answer_of(question).is_some_and(|answer| answer.id == message.id);
                    shown.extend(place.filter(|_| is_it).map(|place| (place, message)));
                }
            }
        }
        sort_by_key(&mut shown, |(place, _)| *place);
        shown.into_iter().map(|(_, message)| message).collect()
    }

    /// Whether a question waits for an answer in the place of one that said nothing.
    fn is_asked_anew(&self, question: &MessageId) -> bool {
        self.waiting.get(question).is_some_and(|row| row.turn.is_none())
    }

    /// The loaded messages before a question on its own branch and those before that, then the question.
    pub fn messages_up_to(&self, chat: ChatId, question: MessageId) -> Option<Vec<&Message>> {
        let loaded = self.chats.get(&chat)?;
        let branches = self.branches(chat, loaded);
        let path = branches.path_to(branches.of(loaded.find_message(&question)?));
        let mut messages = self.messages_on(loaded, &branches, &path);
        let place = messages.iter().position(|message| message.id == question)?;
        messages.truncate(place + 1);
        Some(messages)
    }

    /// The branch in which the next question of a chat stands.
    pub(super) fn last_branch(&self, chat: ChatId) -> Option<MessageId> {
        let loaded = self.chats.get(&chat)?;
        self.branches(chat, loaded).shown().last()
    }

    /// Whether a turn's answer is in sight: another version, or another branch, may be shown.
    pub fn shows_turn(&self, chat: ChatId, turn: MessageId, question: MessageId) -> bool {
        let Some(loaded) = self.chats.get(&chat) else { return true };
        let Some(asked) = loaded.find_message(&question) else { return true };
        let branches = self.branches(chat, loaded);
        let path = branches.shown();
        let is_version = branches.rows.contains_key(&turn);
        let is_asked_there = path.place_of(branches.of(asked), asked.at, asked.id).is_some();
        is_asked_there && path.answer_to(question) == is_version.then_some(turn)
    }

    /// Which version an answer in writing is.
    pub fn versions_of_turn(&self, chat: ChatId, turn: MessageId, question: MessageId) -> Option<VersionsView> {
        let branches = self.branches(chat, self.chats.get(&chat)?);
        branches.versions_at(Spot::Answer(question), turn)
    }

    /// The version beside the one that is shown of a message's spot.
    pub fn find_version(&self, chat: ChatId, message: MessageId, step: Step) -> Option<(Spot, Option<MessageId>)> {
        let loaded = self.chats.get(&chat)?;
        let branches = self.branches(chat, loaded);
        let written = loaded.find_message(&message).map(spot_of);
        let spot = written.or_else(|| branches.rows.get(&message).map(|row| row.spot))?;
        let all = branches.all_at(spot);
        let shown = branches.shown_at(spot);
        let nth = all.iter().position(|version| *version == shown)?;
        let next = match step {
            Step::Back => nth.checked_sub(1)?,
            Step::On => nth + 1,
        };
        all.get(next).map(|version| (spot, *version))
    }
}
