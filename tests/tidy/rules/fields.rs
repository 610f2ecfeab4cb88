//! Fields that people type into: what stands in them is kept by no browser and sent to no checker of spelling.

use crate::tree::{Breach, Tree};

/// How a field begins and ends.
const FIELDS: [(&str, &str); 2] = [("<input", "/>"), ("<textarea", "</textarea>")];
/// What each of them says: some browsers send what is typed to a spelling service, and keep it for forms and sessions.
const ATTRIBUTES: [&str; 2] = ["spellcheck=\"false\"", "autocomplete=\"off\""];

fn fields(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with("web-app/src/") && file.has_extension(".rs")) {
        for (begin, end) in FIELDS {
            for (start, _) in file.text.match_indices(begin) {
                let (before, after) = file.text.split_at(start);
                let field = after.split(end).next().unwrap_or(after);
                for attribute in ATTRIBUTES.iter().filter(|attribute| !field.contains(**attribute)) {
                    breaches.push(Breach::at(&file.path, before.lines().count(), format!("a field says {attribute}")));
                }
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_refused, assert_tidy};

    #[test]
    fn no_field_is_read_by_a_spelling_service_or_kept_by_the_browser() {
        assert_tidy(fields);
    }

    #[test]
    fn tidy_refuses_a_field_without_its_attributes() {
        let path = "web-app/src/parts/search.rs";
        let planted = "view! {\n    <textarea autocomplete=\"off\"></textarea>\n}\n";
        assert_refused(fields, &[(path, planted)], "web-app/src/parts/search.rs:2");
        let planted = "view! {\n    <input spellcheck=\"false\" />\n    <p autocomplete=\"off\"/>\n}\n";
        assert_refused(fields, &[(path, planted)], "web-app/src/parts/search.rs:2");
    }
}
