//! Query strings: what the document does not name is refused, since a misspelt filter would be a wrong answer.

use crate::error::ApiError;
use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The parameters of every documented route, by path.
#[derive(Clone, Default)]
pub(crate) struct Queries(Arc<HashMap<String, BTreeSet<String>>>);

impl Queries {
    /// Those that the document names.
    pub(crate) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(Arc::new(paths.map(|(path, item)| (path.clone(), names(item))).collect()))
    }

    fn check(&self, path: &str, uri: &Uri) -> Result<(), ApiError> {
        let Some(known) = self.0.get(path) else { return Ok(()) };
        let asked = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(asked) = asked.map_err(|refused| ApiError::malformed(refused.body_text()))?;
        match asked.iter().find(|(name, _)| !known.contains(name)) {
            Some((unknown, _)) => Err(refused(unknown, known)),
            None => Ok(()),
        }
    }
}

fn names(item: &Value) -> BTreeSet<String> {
    let operations = item.as_object().into_iter().flat_map(|item| item.values());
    let parameters = operations.filter_map(|operation| operation["parameters"].as_array()).flatten();
    let queried = parameters.filter(|parameter| parameter["in"] == "query");
    queried.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect()
}

fn refused(unknown: &str, known: &BTreeSet<String>) -> ApiError {
    let unknown: String = unknown.chars().take(100).collect();
    let known = match known.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => "none".to_owned(),
        known => known.join(", "),
    };
    ApiError::malformed(format!("{unknown:?} is no query parameter of this route: it takes {known}"))
}

/// Refuses query parameters that the route does not have.
pub(crate) async fn only_known(State(queries): State<Queries>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    match path.map(|path| queries.check(path, request.uri())) {
        Some(Err(refused)) => refused.into_response(),
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_documented_is_refused_and_named() {
        let parameters = json!([{ "in": "query", "name": "after" }, { "in": "path", "name": "thread" }]);
        let queries = Queries::of(&json!({ "paths": { "/a": { "get": { "parameters": parameters } } } }));
        let check = |path, query: &str| queries.check(path, &format!("/?{query}").parse().unwrap());
        for good in ["", "after=1", "after=1&", "after", "%61fter=1"] {
            assert!(check("/a", good).is_ok(), "{good}");
        }
        let refusal = check("/a", "after=1&thread=2").unwrap_err().into_problem().detail;
        assert!(refusal.contains("\"thread\"") && refusal.contains("it takes after"), "{refusal}");
        assert!(check("/elsewhere", "x=1").is_ok());
    }
}
