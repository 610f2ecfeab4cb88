//! The walk through the code in `ARCHITECTURE.md`: every function that it names exists in the file that it names.

use crate::tree::{Breach, Tree};

const PAGE: &str = "ARCHITECTURE.md";

fn walk(tree: &Tree) -> Vec<Breach> {
    let Some(page) = tree.find(PAGE) else {
        return Vec::new();
    };
    let mut breaches = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for (path, name) in line.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs::")) {
            if !has_function(tree, &format!("{path}.rs"), name) {
                breaches.push(Breach::at(PAGE, index + 1, format!("{path}.rs has no function `{name}`")));
            }
        }
    }
    breaches
}

pub(super) fn has_function(tree: &Tree, path: &str, name: &str) -> bool {
    tree.find(path).is_some_and(|file| file.source().functions().iter().any(|function| function.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_accepted, assert_refused, assert_tidy};

    const CODE: (&str, &str) = ("a/src/b.rs", "//! A.\nfn it_does() {\n}\n");

    #[test]
    fn every_function_on_the_walk_exists() {
        assert_tidy(walk);
        let page = Tree::of_this_checkout().find(PAGE).expect("the page is there");
        assert!(page.text.matches(".rs::").count() > 20, "the walk has been cut off");
    }

    #[test]
    fn tidy_refuses_a_function_that_does_not_exist() {
        assert_accepted(walk, &[(PAGE, "first `a/src/b.rs::it_does`, then `other words`\n"), CODE]);
        assert_refused(walk, &[(PAGE, "words\n`a/src/b.rs::it_did`\n"), CODE], "ARCHITECTURE.md:2");
        assert_refused(walk, &[(PAGE, "`a/src/c.rs::it_does`\n"), CODE], "ARCHITECTURE.md:1");
    }
}
