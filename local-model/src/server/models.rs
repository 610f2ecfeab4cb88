//! `GET /v1/models` and `GET /v1/models/{id}`: the one model there is.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use super::MODEL_ID;
use super::error::ApiError;
use crate::generate::CONTEXT_TOKENS;

/// Lists the models.
pub(crate) async fn list() -> Json<Value> {
    Json(json!({ "object": "list", "data": [description()] }))
}

/// Describes one model.
pub(crate) async fn show(Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if id == MODEL_ID { Ok(Json(description())) } else { Err(ApiError::UnknownModel) }
}

fn description() -> Value {
    json!({ "id": MODEL_ID, "object": "model", "created": 0, "owned_by": "this-server", "context_length": CONTEXT_TOKENS })
}
