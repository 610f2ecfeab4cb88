//! `sotto-relay check-config`: the settings in force, and whether what they name is there.

use std::fmt::Write as _;
use std::path::Path;

use super::{CommandError, Reply};
use crate::config::{Config, Site};
use crate::state::open_db;

/// A list of what is set and what works.
pub(super) async fn text(config: &Config) -> Result<Reply, CommandError> {
    let site = Site::new(config, config.listen)?;
    let mut page = String::new();
    let origins: Vec<&str> = site.origins.iter().map(crate::config::Origin::as_text).collect();
    say(&mut page, "listens on", &config.listen.to_string());
    let counters = config.metrics_listen.map_or_else(|| "nowhere".to_owned(), |address| address.to_string());
    say(&mut page, "counters are read at", &counters);
    say(&mut page, "is opened at", &origins.join(", "));
    say(&mut page, "passkeys belong to", &site.rp_id);
    say(&mut page, "who may sign up", &format!("{:?}", site.sign_up).to_lowercase());
    say(&mut page, "questions a day and account", &config.limits.prompts_per_day.to_string());
    if config.openai.is_none() && config.providers.is_empty() {
        say(&mut page, "provider", "none");
    }
    for provider in config.openai.iter().chain(&config.providers) {
        say(&mut page, "provider", provider.base_url.as_str());
    }

    let mut works = true;
    let database = match open_db(config).await {
        Ok(db) => db.check().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    works &= report(&mut page, "database", &database);
    match &config.web_dir {
        None => say(&mut page, "the page's files", "none is set, so only programs are served"),
        Some(folder) => works &= report(&mut page, "the page's files", &find_page(folder)),
    }
    Ok(if works { Reply::Good(page) } else { Reply::Bad(page) })
}

fn find_page(folder: &Path) -> Result<(), String> {
    let index = folder.join("index.html");
    if index.is_file() { Ok(()) } else { Err(format!("{} is missing", index.display())) }
}

fn say(page: &mut String, what: &str, value: &str) {
    writeln!(page, "{what}: {value}").expect("a String takes any text");
}

fn report(page: &mut String, what: &str, result: &Result<(), String>) -> bool {
    say(page, what, result.as_ref().map_or_else(String::as_str, |()| "works"));
    result.is_ok()
}
