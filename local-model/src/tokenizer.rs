//! The tokenizer: turns text into tokens and tokens into bytes.
//!
//! Vocabulary and merges come out of the model file. Control tokens such as `<|im_start|>` are never
//! recognised in text: only the chat template places them, so no message can open or close another.
//! Nothing is cached, because a cache would keep the words of a prompt after its answer.

use ahash::AHashMap;
use candle_core::quantized::gguf_file::{Content, Value};
use thiserror::Error;
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;

/// The number of a token in the vocabulary.
pub(crate) type Token = u32;

/// The kind that the model file gives to control tokens.
const KIND_CONTROL: i64 = 3;

/// Why a model file holds no usable vocabulary.
#[derive(Debug, Error)]
pub(crate) enum VocabularyError {
    #[error("the model file has no usable {0}")]
    Missing(&'static str),
    #[error("the vocabulary and its merges do not fit together")]
    Inconsistent(#[source] tokenizers::Error),
}

/// A text that could not be split into tokens.
#[derive(Debug, Error)]
#[error("the text cannot be split into tokens")]
pub(crate) struct EncodeError(#[source] tokenizers::Error);

/// Splits text as the model was trained to read it.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    bytes_of: Vec<Box<[u8]>>,
    is_control: Vec<bool>,
    turn_start: Token,
    turn_end: Token,
}

impl Tokenizer {
    /// Builds the tokenizer from the header of a model file.
    pub(crate) fn from_gguf(content: &Content) -> Result<Self, VocabularyError> {
        let tokens = strings(content, "tokenizer.ggml.tokens")?;
        let merges = merges(content)?;
        let is_control = control_flags(content, tokens.len())?;
        let position = |text: &str| {
            let found = tokens.iter().position(|token| token == text);
            found.and_then(|at| Token::try_from(at).ok())
        };
        let turn_start = position("<|im_start|>").ok_or(VocabularyError::Missing("<|im_start|> token"))?;
        let turn_end = position("<|im_end|>").ok_or(VocabularyError::Missing("<|im_end|> token"))?;

        let alphabet = byte_of_letter();
        let bytes_of = tokens.iter().map(|token| bytes_of_token(token, &alphabet)).collect();
        let vocabulary: AHashMap<String, Token> = tokens.into_iter().zip(0..).collect();
        let model = BPE::builder()
            .vocab_and_merges(vocabulary, merges)
            .cache_capacity(0)
            .build()
            .map_err(VocabularyError::Inconsistent)?;
        let mut inner = tokenizers::Tokenizer::new(model);
        inner.with_pre_tokenizer(Some(PreTokenizerWrapper::from(Sequence::new(vec![
            Digits::new(true).into(),
            ByteLevel::new(false, false, true).into(),
        ]))));
        Ok(Self { inner, bytes_of, is_control, turn_start, turn_end })
    }

    /// Splits text into tokens, none of which is a control token.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<Token>, EncodeError> {
        let encoding = self.inner.encode_fast(text, false).map_err(EncodeError)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Gives the bytes of a token: possibly only a part of a character, empty for unknown numbers.
    pub(crate) fn bytes(&self, token: Token) -> &[u8] {
        usize::try_from(token).ok().and_then(|at| self.bytes_of.get(at)).map_or(&[], |bytes| bytes)
    }

    /// Tells whether a token steers the conversation instead of being text.
    pub(crate) fn is_control(&self, token: Token) -> bool {
        usize::try_from(token).ok().and_then(|at| self.is_control.get(at)).copied().unwrap_or(false)
    }

    /// The token that opens a turn.
    pub(crate) fn turn_start(&self) -> Token {
        self.turn_start
    }

    /// The token that closes a turn.
    pub(crate) fn turn_end(&self) -> Token {
        self.turn_end
    }
}

fn array<'a>(content: &'a Content, key: &'static str) -> Result<&'a [Value], VocabularyError> {
    let value = content.metadata.get(key).ok_or(VocabularyError::Missing(key))?;
    value.to_vec().map(Vec::as_slice).map_err(|_| VocabularyError::Missing(key))
}

fn strings(content: &Content, key: &'static str) -> Result<Vec<String>, VocabularyError> {
    let as_string = |value: &Value| value.to_string().cloned().map_err(|_| VocabularyError::Missing(key));
    array(content, key)?.iter().map(as_string).collect()
}

fn merges(content: &Content) -> Result<Vec<(String, String)>, VocabularyError> {
    const KEY: &str = "tokenizer.ggml.merges";
    let split = |merge: String| {
        let (left, right) = merge.split_once(' ').ok_or(VocabularyError::Missing(KEY))?;
        Ok((left.to_owned(), right.to_owned()))
    };
    strings(content, KEY)?.into_iter().map(split).collect()
}

fn control_flags(content: &Content, n_tokens: usize) -> Result<Vec<bool>, VocabularyError> {
    const KEY: &str = "tokenizer.ggml.token_type";
    let kinds = array(content, KEY)?;
    if kinds.len() != n_tokens {
        return Err(VocabularyError::Missing(KEY));
    }
    let is_control = |kind: &Value| {
        let kind = kind.to_i32().map(i64::from).or_else(|_| kind.to_u32().map(i64::from));
        kind.map(|kind| kind == KIND_CONTROL).map_err(|_| VocabularyError::Missing(KEY))
    };
    kinds.iter().map(is_control).collect()
}

/// The letters by which a byte-level vocabulary spells bytes: printable Latin-1 stands for itself,
/// every other byte for the next letter from U+0100 on.
fn byte_of_letter() -> AHashMap<char, u8> {
    let mut letters = AHashMap::with_capacity(256);
    let mut next = 0x100;
    for byte in u8::MIN..=u8::MAX {
        let stands_for_itself = matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
        let letter = if stands_for_itself {
            char::from(byte)
        } else {
            next += 1;
            char::from_u32(next - 1).expect("letters up to U+0143 exist")
        };
        letters.insert(letter, byte);
    }
    letters
}

fn bytes_of_token(token: &str, alphabet: &AHashMap<char, u8>) -> Box<[u8]> {
    let spelled: Option<Box<[u8]>> = token.chars().map(|letter| alphabet.get(&letter).copied()).collect();
    spelled.unwrap_or_else(|| token.as_bytes().into())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use candle_core::quantized::gguf_file::VersionedMagic;

    use super::*;

    /// A vocabulary of the 256 bytes, one merge (`h` + `i`) and the two control tokens.
    pub(crate) fn small_tokenizer() -> Tokenizer {
        Tokenizer::from_gguf(&small_vocabulary()).unwrap()
    }

    fn small_vocabulary() -> Content {
        let mut letters: Vec<(u8, char)> = byte_of_letter().into_iter().map(|(letter, byte)| (byte, letter)).collect();
        letters.sort_unstable();
        let mut tokens: Vec<Value> = letters.iter().map(|(_, letter)| Value::String(letter.to_string())).collect();
        let mut kinds = vec![Value::I32(1); 257];
        tokens.push(Value::String("hi".to_owned()));
        for control in ["<|im_start|>", "<|im_end|>"] {
            tokens.push(Value::String(control.to_owned()));
            kinds.push(Value::I32(3));
        }
        let metadata = HashMap::from([
            ("tokenizer.ggml.tokens".to_owned(), Value::Array(tokens)),
            ("tokenizer.ggml.token_type".to_owned(), Value::Array(kinds)),
            ("tokenizer.ggml.merges".to_owned(), Value::Array(vec![Value::String("h i".to_owned())])),
        ]);
        Content { magic: VersionedMagic::GgufV3, metadata, tensor_infos: HashMap::new(), tensor_data_offset: 0 }
    }

    #[test]
    fn text_comes_back_byte_for_byte() {
        let tokenizer = small_tokenizer();
        for text in ["", "hi", " hi 42\n\n\tüé", "日本語 🦀", "\u{0}\u{7f}\u{ad}\u{a0}"] {
            let tokens = tokenizer.encode(text).unwrap();
            let bytes: Vec<u8> = tokens.iter().flat_map(|token| tokenizer.bytes(*token)).copied().collect();
            assert_eq!(bytes, text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn merges_are_applied() {
        assert_eq!(small_tokenizer().encode("hi").unwrap(), [256]);
    }

    #[test]
    fn a_control_token_in_a_text_stays_text() {
        let tokenizer = small_tokenizer();
        let tokens = tokenizer.encode("<|im_end|>").unwrap();
        assert_eq!(tokens.len(), "<|im_end|>".len());
        assert!(!tokens.iter().any(|token| tokenizer.is_control(*token)));
        assert!(tokenizer.is_control(tokenizer.turn_end()) && tokenizer.is_control(tokenizer.turn_start()));
    }

    #[test]
    fn a_file_without_vocabulary_is_refused() {
        let mut content = small_vocabulary();
        content.metadata.remove("tokenizer.ggml.merges");
        let error = Tokenizer::from_gguf(&content).err().unwrap();
        assert_eq!(error.to_string(), "the model file has no usable tokenizer.ggml.merges");
    }
}
