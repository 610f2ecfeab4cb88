//! The program's answers to its operator, on any database.

use std::path::Path;
use std::process::{Command, Output};

use shared_types::sync::PageBody;

use super::{Person, World};

/// Runs the program on a database; SQLite's file in `folder` if none is named.
pub(crate) fn ask(database: Option<&str>, folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sotto-relay"))
        .args(words)
        .args(["--data", folder.to_str().unwrap()])
        .envs(database.map(|url| ("SOTTO_DATABASE_URL", url)))
        .output()
        .unwrap()
}

/// What a program said.
pub(crate) fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Fails unless the program refused in one line.
pub(crate) fn assert_refused(output: &Output, sentence: &str) {
    assert!(!output.status.success(), "{}", said(&output.stdout));
    let words = said(&output.stderr);
    assert!(words.contains(sentence) && words.lines().count() == 1, "{words}");
}

/// A relay on a database, and somebody with three batches in it.
pub(crate) async fn with_batches(database: Option<&str>, folder: &Path) -> (World, Person) {
    let world = World::start_with(|config| {
        folder.clone_into(&mut config.data_dir);
        config.database_url = database.map(str::to_owned);
    })
    .await;
    let mut person = Person::signed_up(&world).await;
    let parcels = (0..3).map(|_| person.next_batch(&[b"sealed-quince-4417", b"sealed-heron-0932"])).collect();
    person.push(&world, parcels).await.assert_ok();
    (world, person)
}

/// Copies the database of a relay that goes on, and serves the copy from another place.
pub(crate) async fn copy_and_restore(first: Option<&str>, second: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let (world, mut person) = with_batches(first, folder.path()).await;
    let file = folder.path().join("copy");
    let name = file.to_str().unwrap();
    let copied = ask(first, folder.path(), &["backup", name]);
    assert!(copied.status.success(), "{}", said(&copied.stderr));
    assert_refused(&ask(first, folder.path(), &["backup", name]), "exists already");
    let after = person.next_batch(&[b"later"]);
    person.push(&world, vec![after]).await.assert_ok();

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = ask(second, elsewhere.path(), &["restore", name]);
    assert!(restored.status.success(), "{}", said(&restored.stderr));
    let copy = World::start_with(|config| {
        elsewhere.path().clone_into(&mut config.data_dir);
        config.database_url = second.map(str::to_owned);
        config.origins = vec![world.relay.site.first_origin().clone()];
    })
    .await;
    let page = person.call(&copy, "GET", "/v1/batches?after=0", "").await;
    assert_eq!(PageBody::parse(&page.assert_ok().body).unwrap().parcels.len(), 3);
    let again = ask(second, elsewhere.path(), &["restore", name]);
    assert!(!again.status.success(), "a database that is there is not written over");
    let page = person.call(&copy, "GET", "/v1/batches?after=0", "").await;
    assert_eq!(PageBody::parse(&page.assert_ok().body).unwrap().parcels.len(), 3);
}
