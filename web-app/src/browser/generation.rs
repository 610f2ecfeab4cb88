//! The name of the core's worker. A lock ends one core and every tab goes on to the next, so the
//! name carries a number; this profile remembers it for tabs that are opened later.

const KEY: &str = "sotto-core-generation";

/// The name of the core of a generation.
pub fn core_name(generation: u32) -> String {
    format!("sotto-core-{generation}")
}

/// The generation that this profile's tabs use now.
pub fn first_generation() -> u32 {
    storage().and_then(|storage| storage.get_item(KEY).ok()?).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Remembers the generation that tabs use from now on.
pub fn remember_generation(generation: u32) {
    if generation > first_generation()
        && let Some(storage) = storage()
    {
        // A profile that keeps nothing forgets its locked core with its last tab anyhow.
        drop(storage.set_item(KEY, &generation.to_string()));
    }
}

/// What this origin keeps beside its database; words of a person never go there.
pub(super) fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
