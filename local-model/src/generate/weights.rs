//! Loads the weights of a GGUF file into the form that this processor reads fastest.
//!
//! The file is quantised as Q4_1, for which candle has no vector code on x86-64; for Q8_0 it has, chosen
//! while running. So the matrices are requantised once while loading: this takes about a second and makes
//! reading a prompt about five times and answering about three times as fast, at 0.1 GB more memory.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use candle_core::Device;
use candle_core::quantized::gguf_file::{self, Content};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_transformers::models::quantized_llama::ModelWeights;
use thiserror::Error;

use crate::tokenizer::{Tokenizer, VocabularyError};

/// The quantisation that the model file has.
const SLOW: GgmlDType = GgmlDType::Q4_1;

/// The quantisation that it gets.
const FAST: GgmlDType = GgmlDType::Q8_0;

/// Why a model file cannot be used.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("the model file cannot be read")]
    Unreadable(#[from] io::Error),
    #[error("the model file is no GGUF file of a Llama model")]
    NotAModel(#[from] candle_core::Error),
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
}

/// Loads weights and tokenizer.
pub(crate) fn load(path: &Path) -> Result<(ModelWeights, Tokenizer), LoadError> {
    let mut file = Cursor::new(fs::read(path)?);
    let content = Content::read(&mut file)?;
    let tokenizer = Tokenizer::from_gguf(&content)?;
    let is_slow = content.tensor_infos.values().any(|info| info.ggml_dtype == SLOW);
    let (content, mut file) = if is_slow {
        let mut rewritten = requantise(&content, &mut file)?;
        (Content::read(&mut rewritten)?, rewritten)
    } else {
        (content, file)
    };
    Ok((ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?, tokenizer))
}

/// Writes the model again, in memory and without its vocabulary, with every slow matrix in the fast form.
fn requantise(content: &Content, file: &mut Cursor<Vec<u8>>) -> Result<Cursor<Vec<u8>>, LoadError> {
    let mut tensors = Vec::with_capacity(content.tensor_infos.len());
    let names: BTreeSet<&String> = content.tensor_infos.keys().collect();
    for name in names {
        let tensor = content.tensor(file, name, &Device::Cpu)?;
        let tensor =
            if tensor.dtype() == SLOW { QTensor::quantize(&tensor.dequantize(&Device::Cpu)?, FAST)? } else { tensor };
        tensors.push((name.as_str(), tensor));
    }
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
    let metadata: Vec<_> = content
        .metadata
        .iter()
        .filter(|(key, _)| !key.starts_with("tokenizer."))
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let mut rewritten = Cursor::new(Vec::new());
    gguf_file::write(&mut rewritten, &metadata, &tensors)?;
    rewritten.set_position(0);
    Ok(rewritten)
}
