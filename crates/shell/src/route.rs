//! The routes of an API, each with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation, so the description and the router can't
//! differ. The router comes without the description, which is made when somebody asks for it: a few hundred
//! operations with their schemas are half of a start's work and a fifth of an idle server's memory.
//! Deliberately not here: any route; what the description says beside the routes (`openapi`).

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;
use utoipa_axum::PathItemExt as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

#[doc(hidden)]
pub use utoipa_axum;

/// The handlers of one path, by `module::handler`, with what `#[utoipa::path]` says of them.
#[macro_export]
macro_rules! route {
    ($($module:ident :: $handler:ident),+ $(,)?) => {{
        use $crate::route::utoipa_axum;
        let route = $crate::route::Route::new(|| utoipa_axum::routes!($($module::$handler),+));
        utoipa_axum::paste! {
            route $(.on::<$module::[<__path_ $handler>], _, _>($module::$handler))+
        }
    }};
}

/// One path. Made by [`route!`](crate::route!).
pub struct Route<S> {
    path: String,
    handlers: MethodRouter<S>,
    described: fn() -> UtoipaMethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// A path that nothing answers yet, and how all that will answer is described.
    pub fn new(described: fn() -> UtoipaMethodRouter<S>) -> Self {
        Self { path: String::new(), handlers: MethodRouter::new(), described }
    }

    /// A handler at the path and the methods of its description `P`.
    #[must_use]
    pub fn on<P: utoipa::Path, H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Self {
        let path = P::path();
        debug_assert!(self.path.is_empty() || self.path == path, "one route has one path");
        self.path = path;
        for method in P::methods() {
            self.handlers = self.handlers.on(method.to_method_filter(), handler.clone());
        }
        self
    }
}

/// Routes that are asked by the same kind of caller.
pub struct Routes<S>(Vec<Route<S>>);

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// One path more.
    #[must_use]
    pub fn route(mut self, route: Route<S>) -> Self {
        self.0.push(route);
        self
    }

    /// The routes of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Answers on every path.
    pub fn router(self) -> Router<S> {
        self.0
            .into_iter()
            .fold(Router::new(), |router, route| router.route(&route.path, route.handlers))
    }

    /// The operations of every path, and the schemas they name.
    pub fn description(&self) -> OpenApi {
        let described = self.0.iter().map(|route| (route.described)());
        described.fold(OpenApiRouter::new(), OpenApiRouter::routes).into_openapi()
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}
