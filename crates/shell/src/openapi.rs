//! The description of an API: what the route table does not say by itself.
//!
//! Kept here: every operation lists the problems it can answer with, by status, so that a generated client
//! knows them all; the ways to prove oneself are named. Deliberately not here: any hand-written path.

use tenure_api::problem::PROBLEM_JSON;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::schema::{Ref, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, ContactBuilder, ContentBuilder, Info, LicenseBuilder, OpenApi, RefOr, Response,
    ResponseBuilder,
};

/// What a shell says of its API.
pub struct About {
    /// Title of the description.
    pub title: &'static str,
    /// What the API is for and how it is used.
    pub text: &'static str,
    /// Ways to prove oneself beside the bearer token of a login, by their names in `security`.
    pub schemes: Vec<(&'static str, SecurityScheme)>,
}

/// Completes the description that came out of the routes.
pub fn description(mut api: OpenApi, about: About) -> OpenApi {
    let mut info = Info::new(about.title, "1");
    info.description = Some(about.text.to_owned());
    info.license = Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build());
    info.contact = Some(ContactBuilder::new().name(Some("Tenure")).build());
    api.info = info;
    let components = api.components.get_or_insert_with(Components::new);
    components
        .add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (name, scheme) in about.schemes {
        components.add_security_scheme(name, scheme);
    }
    let problem: RefOr<Schema> = <tenure_api::Problem as utoipa::PartialSchema>::schema();
    components.schemas.entry("Problem".to_owned()).or_insert(problem);
    for item in api.paths.paths.values_mut() {
        for operation in operations(item) {
            add_problems(operation);
        }
    }
    api
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        item.get.as_mut(),
        item.put.as_mut(),
        item.post.as_mut(),
        item.patch.as_mut(),
        item.delete.as_mut(),
        item.head.as_mut(),
    ]
    .into_iter()
    .flatten()
}

fn add_problems(operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let proven = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let has_path_parameter =
        operation.parameters.as_ref().is_some_and(|list| list.iter().any(is_in_path));
    let mut add = |status: &str, text: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem_response(text)));
    };
    add("400", "The request can't be read");
    if proven {
        add("401", "Not logged in, or no token");
        add("403", "The role or the token does not allow it");
    }
    if has_path_parameter {
        add("404", "There is no such thing");
        add("409", "The state does not allow it");
    }
    if has_body {
        add("408", "The body did not arrive in time");
        add("409", "The state does not allow it");
        add("413", "The body is too large");
        add("415", "The media type is not supported");
        add("422", "A value can't be taken, or the idempotency key was used before");
    }
    add("403", "A browser sent it from a page of another site");
    add("421", "The Host header names another server");
    add("500", "The server made a mistake");
    add("503", "Busy, stopping, or the ledger can't be written; see Retry-After");
}

fn is_in_path(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path)
}

fn problem_response(text: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    ResponseBuilder::new()
        .description(text)
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}
