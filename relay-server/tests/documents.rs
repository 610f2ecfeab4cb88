//! The documents name everything that there is: each route. (Columns: `db::tables`.)

const API: &str = include_str!("../../docs/api.md");

#[test]
fn every_route_stands_in_the_api_document() {
    for row in relay_server::rows() {
        let named = format!("| `{} {}", row.method, row.path);
        assert!(API.contains(&named), "{named}");
    }
}
