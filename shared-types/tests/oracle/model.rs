//! The naive model: the list of what happened, and questions to it.

use std::collections::BTreeSet;

pub(crate) const DAY: u64 = 86_400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    Founder,
    Device(u8),
    Method(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floors {
    pub(crate) least_methods: u8,
    pub(crate) suite: u8,
    pub(crate) envelope_version: u8,
    pub(crate) epoch_days: u16,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Genesis { device: u8, methods: BTreeSet<u8>, floors: Floors, epoch: u32, recipients: BTreeSet<Party> },
    AddDevice { device: u8, confirmed: bool },
    Confirm { device: u8 },
    SignOut { device: u8 },
    Revoke { device: u8 },
    AddMethod { method: u8 },
    RemoveMethod { method: u8 },
    Advance { number: u32, recipients: BTreeSet<Party>, heads: BTreeSet<u8> },
    SetPolicy { floors: Floors },
    Checkpoint { heads: BTreeSet<u8> },
    SharePin,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) what: What,
    pub(crate) signers: BTreeSet<Party>,
    /// Claimed, seconds since the start of the test's time.
    pub(crate) time: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    history: Vec<Event>,
}

pub(crate) fn is_words(method: u8) -> bool {
    method.is_multiple_of(4)
}

impl Model {
    /// The model after a group, if all of it keeps the rules and it does not end before a rotation.
    pub(crate) fn after(&self, group: &[Event]) -> Option<Self> {
        let mut model = self.clone();
        for event in group {
            if !model.allows(event) {
                return None;
            }
            model.history.push(event.clone());
            if !model.is_sound() {
                return None;
            }
        }
        (!model.is_due()).then_some(model)
    }

    /// The model after one event, whatever the rules say.
    pub(crate) fn forced(&self, event: Event) -> Self {
        let mut model = self.clone();
        model.history.push(event);
        model
    }

    fn allows(&self, event: &Event) -> bool {
        let is_first = self.history.is_empty();
        if matches!(event.what, What::Genesis { .. }) != is_first {
            return false;
        }
        if self.is_due() && !keeps_due(&event.what) {
            return false;
        }
        self.fits(&event.what) && self.allowed_signers(&event.what, event.time).contains(&event.signers)
    }

    /// Whether the body itself can stand here, whoever signs.
    fn fits(&self, what: &What) -> bool {
        match what {
            What::Genesis { device, methods, floors, epoch, recipients } => {
                let mut expected: BTreeSet<Party> = methods.iter().map(|method| Party::Method(*method)).collect();
                expected.insert(Party::Device(*device));
                *epoch == 1 && *recipients == expected && is_known(*floors)
            }
            What::AddDevice { device, .. } => !self.was_device(*device),
            What::Confirm { device } => self.is_device_active(*device) && !self.was_confirmed(*device),
            What::SignOut { device } | What::Revoke { device } => self.is_device_active(*device),
            What::AddMethod { method } => !self.was_method(*method),
            What::RemoveMethod { method } => self.is_method_active(*method),
            What::Advance { number, recipients, heads } => {
                *number == self.epoch() + 1 && *recipients == self.recipients() && self.are_heads(heads)
            }
            What::SetPolicy { floors } => {
                let before = self.floors();
                is_known(*floors)
                    && floors.least_methods >= before.least_methods
                    && floors.epoch_days <= before.epoch_days
            }
            What::Checkpoint { heads } => self.are_heads(heads),
            What::SharePin => true,
        }
    }

    /// Every set of signers that the table allows for a body.
    pub(crate) fn allowed_signers(&self, what: &What, time: u64) -> Vec<BTreeSet<Party>> {
        let confirmed = self.confirmed();
        let methods = self.methods();
        let mut sets: Vec<BTreeSet<Party>> = Vec::new();
        let mut allow = |parties: &[Party]| {
            let set: BTreeSet<Party> = parties.iter().copied().collect();
            if set.len() == parties.len() {
                sets.push(set);
            }
        };
        match what {
            What::Genesis { device, methods, .. } => {
                let mut all = vec![Party::Founder, Party::Device(*device)];
                all.extend(methods.iter().map(|method| Party::Method(*method)));
                allow(&all);
            }
            What::AddDevice { device, confirmed: true } => {
                let words = methods.iter().filter(|method| is_words(**method)).map(|method| Party::Method(*method));
                for other in confirmed.iter().map(|other| Party::Device(*other)).chain(words) {
                    allow(&[Party::Device(*device), other]);
                }
            }
            What::AddDevice { device, confirmed: false } => {
                for method in methods.iter().filter(|method| !is_words(**method)) {
                    allow(&[Party::Device(*device), Party::Method(*method)]);
                }
            }
            What::Confirm { device } => {
                for other in &confirmed {
                    allow(&[Party::Device(*other)]);
                }
                for words in methods.iter().filter(|method| is_words(**method)) {
                    allow(&[Party::Method(*words)]);
                }
                let others: Vec<u8> =
                    methods.iter().copied().filter(|method| Some(*method) != self.let_in_by(*device)).collect();
                for first in &others {
                    for second in &others {
                        allow(&[Party::Method(*first), Party::Method(*second)]);
                    }
                }
            }
            What::SignOut { device } => allow(&[Party::Device(*device)]),
            What::Revoke { .. } | What::SetPolicy { .. } | What::SharePin => {
                for device in &confirmed {
                    for method in &methods {
                        allow(&[Party::Device(*device), Party::Method(*method)]);
                    }
                }
            }
            What::AddMethod { method: new } => {
                for device in &confirmed {
                    for other in &methods {
                        allow(&[Party::Method(*new), Party::Device(*device), Party::Method(*other)]);
                    }
                }
            }
            What::RemoveMethod { method: gone } if is_words(*gone) => {
                for parties in self.signers_without_words(*gone, time) {
                    allow(&parties);
                }
            }
            What::RemoveMethod { method: gone } => {
                for device in &confirmed {
                    for other in methods.iter().filter(|method| *method != gone) {
                        allow(&[Party::Device(*device), Party::Method(*other)]);
                    }
                }
            }
            What::Advance { .. } | What::Checkpoint { .. } => {
                let is_advance = matches!(what, What::Advance { .. });
                let may = if is_advance && !confirmed.is_empty() { confirmed } else { self.devices() };
                for device in &may {
                    allow(&[Party::Device(*device)]);
                }
            }
        }
        sets
    }

    /// Who may remove the words: they themselves, or two devices of long standing and another method.
    fn signers_without_words(&self, gone: u8, time: u64) -> Vec<Vec<Party>> {
        let confirmed = self.confirmed();
        let mut sets: Vec<Vec<Party>> =
            confirmed.iter().map(|device| vec![Party::Device(*device), Party::Method(gone)]).collect();
        let old: Vec<u8> = confirmed.iter().copied().filter(|device| self.has_waited(*device, time)).collect();
        for other in self.methods().iter().filter(|method| **method != gone) {
            for first in &old {
                sets.extend(
                    old.iter().map(|second| vec![Party::Device(*first), Party::Device(*second), Party::Method(*other)]),
                );
            }
        }
        sets
    }

    /// What must be true after every event.
    fn is_sound(&self) -> bool {
        let unconfirmed = self.devices().iter().filter(|device| !self.was_confirmed(**device)).count();
        let methods = self.methods();
        methods.len() >= usize::from(self.floors().least_methods)
            && methods.iter().any(|method| is_words(*method))
            && methods.len() <= 32
            && self.devices().len() <= 64
            && unconfirmed <= 8
    }

    pub(crate) fn is_due(&self) -> bool {
        matches!(
            self.history.last().map(|event| &event.what),
            Some(What::Revoke { .. } | What::AddMethod { .. } | What::RemoveMethod { .. })
        )
    }

    pub(crate) fn was_device(&self, number: u8) -> bool {
        self.history.iter().any(|event| match &event.what {
            What::Genesis { device, .. } | What::AddDevice { device, .. } => *device == number,
            _ => false,
        })
    }

    pub(crate) fn is_device_active(&self, number: u8) -> bool {
        let ended = self.history.iter().any(|event| match &event.what {
            What::SignOut { device } | What::Revoke { device } => *device == number,
            _ => false,
        });
        self.was_device(number) && !ended
    }

    fn confirmed_at(&self, number: u8) -> Option<usize> {
        self.history.iter().position(|event| match &event.what {
            What::Genesis { device, .. } | What::AddDevice { device, confirmed: true } | What::Confirm { device } => {
                *device == number
            }
            _ => false,
        })
    }

    pub(crate) fn was_confirmed(&self, number: u8) -> bool {
        self.confirmed_at(number).is_some()
    }

    /// Fourteen days by the claim of the entry in question and the highest time up to the one that confirmed.
    fn has_waited(&self, number: u8, time: u64) -> bool {
        let Some(at) = self.confirmed_at(number) else { return false };
        let counted = self.history.iter().take(at + 1).map(|event| event.time).max().unwrap_or(0);
        time >= counted + 14 * DAY
    }

    fn let_in_by(&self, number: u8) -> Option<u8> {
        self.history.iter().find_map(|event| match &event.what {
            What::AddDevice { device, .. } if *device == number => event.signers.iter().find_map(|party| match party {
                Party::Method(method) => Some(*method),
                _ => None,
            }),
            _ => None,
        })
    }

    pub(crate) fn was_method(&self, number: u8) -> bool {
        self.history.iter().any(|event| match &event.what {
            What::Genesis { methods, .. } => methods.contains(&number),
            What::AddMethod { method } => *method == number,
            _ => false,
        })
    }

    pub(crate) fn is_method_active(&self, number: u8) -> bool {
        let gone = |event: &Event| matches!(&event.what, What::RemoveMethod { method } if *method == number);
        self.was_method(number) && !self.history.iter().any(gone)
    }

    pub(crate) fn devices(&self) -> Vec<u8> {
        (0..=u8::MAX).filter(|number| self.is_device_active(*number)).collect()
    }

    pub(crate) fn confirmed(&self) -> Vec<u8> {
        self.devices().into_iter().filter(|number| self.was_confirmed(*number)).collect()
    }

    pub(crate) fn methods(&self) -> Vec<u8> {
        (0..=u8::MAX).filter(|number| self.is_method_active(*number)).collect()
    }

    pub(crate) fn recipients(&self) -> BTreeSet<Party> {
        let devices = self.devices().into_iter().map(Party::Device);
        devices.chain(self.methods().into_iter().map(Party::Method)).collect()
    }

    fn are_heads(&self, heads: &BTreeSet<u8>) -> bool {
        heads.iter().all(|device| self.was_device(*device))
    }

    pub(crate) fn epoch(&self) -> u32 {
        let begun = self.history.iter().filter(|event| matches!(event.what, What::Advance { .. }));
        1 + u32::try_from(begun.count()).unwrap()
    }

    pub(crate) fn floors(&self) -> Floors {
        let set = self.history.iter().rev().find_map(|event| match &event.what {
            What::Genesis { floors, .. } | What::SetPolicy { floors } => Some(*floors),
            _ => None,
        });
        set.unwrap()
    }

    pub(crate) fn last_time(&self) -> u64 {
        self.history.last().map_or(0, |event| event.time)
    }
}

fn keeps_due(what: &What) -> bool {
    matches!(what, What::Revoke { .. } | What::AddMethod { .. } | What::RemoveMethod { .. } | What::Advance { .. })
}

fn is_known(floors: Floors) -> bool {
    floors.least_methods >= 2
        && (floors.suite, floors.envelope_version) == (1, 1)
        && (1..=14).contains(&floors.epoch_days)
}
