//! Composes a prompt: chooses what must leave for one question, under the model's budget, and nothing else.

use shared_types::account::ModelOffer;
use shared_types::ids::TurnId;
use shared_types::limits::{MAX_ANSWER_TOKENS, MAX_PROMPT_MESSAGES};
use shared_types::prompt::{PromptMessage, PromptRequest, Role, Sampling};
use thiserror::Error;

use crate::records::{Author, Message};

/// Instructions that go with every prompt.
const INSTRUCTIONS: &str = "You are a helpful assistant. Answer briefly, plainly and correctly.";
/// Bytes of a token, estimated low so that a prompt is rather too short than too long.
const BYTES_PER_TOKEN: usize = 3;
/// Share of the context that the answer may have, one in so many.
const ANSWER_SHARE: u32 = 3;
/// Bytes of a whole prompt, so that its receipt fits one record.
const MAX_COMPOSED_BYTES: usize = 384 * 1024;
/// Tokens that a provider spends on the frame of one message.
const MESSAGE_TOKENS: usize = 8;

/// Why no prompt can be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ComposeError {
    /// The question alone is over the model's budget.
    #[error("the question is longer than this model can read")]
    QuestionTooLong,
}

/// Composes the request for a question: instructions, the newest earlier turns that fit, the question.
///
/// `history` is what is shown of the chat before the question, oldest first.
pub fn compose(
    turn_id: TurnId,
    offer: &ModelOffer,
    history: &[&Message],
    question: &str,
) -> Result<PromptRequest, ComposeError> {
    let max_tokens = (offer.context_tokens / ANSWER_SHARE).clamp(1, MAX_ANSWER_TOKENS);
    let context_tokens = usize::try_from(offer.context_tokens.saturating_sub(max_tokens)).unwrap_or(usize::MAX);
    let mut budget = context_tokens.min(MAX_COMPOSED_BYTES / BYTES_PER_TOKEN);
    let mut spend = |text: &str| {
        let cost = text.len().div_ceil(BYTES_PER_TOKEN) + MESSAGE_TOKENS;
        let left = budget.checked_sub(cost);
        budget = left.unwrap_or(budget);
        left.is_some()
    };
    if !spend(INSTRUCTIONS) || !spend(question) {
        return Err(ComposeError::QuestionTooLong);
    }
    let recent = history.iter().rev().filter(|message| !message.text.is_empty()).take(MAX_PROMPT_MESSAGES - 2);
    let mut earlier: Vec<PromptMessage> = recent.take_while(|message| spend(&message.text)).map(|m| part(m)).collect();
    earlier.reverse();
    // A prompt that begins with an answer confuses small models.
    let first_question = earlier.iter().position(|message| message.role == Role::User).unwrap_or(earlier.len());

    let instructions = PromptMessage { role: Role::System, content: INSTRUCTIONS.to_owned() };
    let messages = std::iter::once(instructions)
        .chain(earlier.into_iter().skip(first_question))
        .chain(std::iter::once(PromptMessage { role: Role::User, content: question.to_owned() }))
        .collect();
    Ok(PromptRequest { turn_id, model: offer.id.clone(), messages, sampling: Sampling::default(), max_tokens })
}

fn part(message: &Message) -> PromptMessage {
    let role = match message.author {
        Author::Owner => Role::User,
        Author::Model { .. } => Role::Assistant,
    };
    PromptMessage { role, content: message.text.clone() }
}

#[cfg(test)]
mod tests {
    use shared_types::account::{ModelPlace, ModelState};
    use shared_types::ids::DeviceId;

    use super::*;
    use crate::records::End;
    use crate::time::Stamp;
    use crate::view::MessageId;

    fn offer(context_tokens: u32) -> ModelOffer {
        let (id, owner) = ("small".to_owned(), "test".to_owned());
        ModelOffer {
            id,
            label: String::new(),
            place: ModelPlace::Server,
            owner,
            region: None,
            policy: None,
            state: ModelState::Ready,
            context_tokens,
        }
    }

    fn message(n: u8, text: &str) -> Message {
        let at = Stamp { ms: n.into(), n: 0, device: DeviceId([0; 16]) };
        let answer = Author::Model { question: MessageId([n - 1; 16]), offer: offer(1), end: End::Done };
        let author = if n % 2 == 1 { Author::Owner } else { answer };
        Message { id: MessageId([n; 16]), at, text: text.into(), author, standing: None }
    }

    fn contents(request: &PromptRequest) -> Vec<&str> {
        request.messages.iter().skip(1).map(|message| message.content.as_str()).collect()
    }

    #[test]
    fn the_newest_turns_that_fit_leave_and_no_other() {
        let history = [
            message(1, &"old ".repeat(200)),
            message(2, &"older ".repeat(200)),
            message(3, "new"),
            message(4, "newer"),
        ];
        let history: Vec<&Message> = history.iter().collect();
        let request = compose(TurnId([9; 16]), &offer(300), &history, "now?").unwrap();
        assert_eq!(contents(&request), ["new", "newer", "now?"]);
        assert_eq!(request.messages.first().map(|message| message.role), Some(Role::System));
    }

    #[test]
    fn a_prompt_never_begins_with_an_answer() {
        let history = [message(1, &"long ".repeat(500)), message(2, "answer")];
        let history: Vec<&Message> = history.iter().collect();
        let request = compose(TurnId([9; 16]), &offer(300), &history, "now?").unwrap();
        assert_eq!(contents(&request), ["now?"]);
    }

    #[test]
    fn a_question_over_the_budget_is_said_to_be_too_long() {
        let question = "word ".repeat(5_000);
        assert_eq!(compose(TurnId([9; 16]), &offer(2048), &[], &question), Err(ComposeError::QuestionTooLong));
    }
}
