//! The busiest route, reached without the router.
//!
//! Kept here: the same reader and the same handler as in the route table, where this route stands too; the router
//! would clone, box and label each request only to find what its class has told already. The bench endpoints go
//! the same way, so that the ratio to them shows what durability costs and nothing else.
//! Deliberately not here: every other route.

use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::bench::Bench;
use crate::call::Call;
use crate::client::checkout::check_out;
use crate::options::Plane;
use crate::route_class::RouteClass;

/// What a listener answers by itself.
pub struct Direct {
    app: App,
    checkout: bool,
    bench: Option<Bench>,
}

impl Direct {
    /// For a listener of this plane; with the bench endpoints when asked for.
    pub(crate) fn new(app: App, plane: Plane, bench: bool) -> Self {
        let bench = bench.then(|| Bench::new(app.clone()));
        Self { app, checkout: plane != Plane::Admin, bench }
    }
}

impl tenure_shell::shell::Direct for Direct {
    type Class = RouteClass;

    fn answer(
        &self,
        class: RouteClass,
        request: Request,
    ) -> impl Future<Output = Result<Response, Box<Request>>> + Send {
        let app = &self.app;
        async move {
            let answered = match (class, &self.bench) {
                (RouteClass::Checkout, _) if self.checkout => {
                    match Call::from_request(request, app).await {
                        Ok(call) => check_out(app, call).await,
                        Err(refused) => Err(refused),
                    }
                }
                (RouteClass::Bench, Some(bench)) if request.method() == Method::POST => {
                    match Bench::endpoint(request.uri().path()) {
                        Some(endpoint) => match Call::from_request(request, app).await {
                            Ok(call) => bench.answer(endpoint, &call),
                            Err(refused) => Err(refused),
                        },
                        None => return Err(Box::new(request)),
                    }
                }
                _ => return Err(Box::new(request)),
            };
            Ok(answered.into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_shell::shell::Direct as _;

    fn size_of_future<A, F>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    /// Each request has its future in memory of its own: with 8 KiB each a checkout took a fifth longer.
    #[test]
    fn what_a_waiting_checkout_holds_is_small() {
        let whole = |(direct, request): (&'static Direct, Request)| {
            direct.answer(RouteClass::Checkout, request)
        };
        assert!(size_of_future(whole) <= 1_536, "{} bytes", size_of_future(whole));
        let waiting = |(app, call): (&'static App, Call)| check_out(app, call);
        assert!(size_of_future(waiting) <= 512, "{} bytes", size_of_future(waiting));
    }
}
