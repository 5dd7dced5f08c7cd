//! The outermost layer: what happens to every request before routing and to every answer after it.
//!
//! Kept here, in one thin service because the checkout pays for each layer: host allow-list (421) and origin
//! check (403) before routing; a bound on requests in flight (503); a time limit (503); a panic becomes a 500
//! and a count; every answer carries the security headers; every answer is counted and timed.
//! Deliberately not here: anything a route could decide.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use tower::Service;

use crate::direct::Direct;
use crate::host::{Hosts, Misdirected, changes_state, is_cross_site};
use crate::metrics::{Metrics, RouteClass};
use crate::outside::instant;
use crate::problem::{Code, Refused};

/// What the shell enforces.
pub(crate) struct Gate {
    pub(crate) hosts: Hosts,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) request_timeout: Duration,
    pub(crate) in_flight_max: usize,
    pub(crate) in_flight: AtomicUsize,
}

/// The server as a service: the router behind the gate.
#[derive(Clone)]
pub struct Shell {
    direct: Arc<Direct>,
    router: Router,
    gate: Arc<Gate>,
}

impl Shell {
    pub(crate) fn new(direct: Direct, router: Router, gate: Arc<Gate>) -> Self {
        Self { direct: Arc::new(direct), router, gate }
    }
}

impl Service<Request<Body>> for Shell {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { direct, mut router, gate } = self.clone();
        Box::pin(async move {
            let started = instant();
            let class = RouteClass::of(request.method(), request.uri().path());
            let mut response = match gate.admit(&request) {
                Err(refused) => refused.into_response(),
                Ok(_pass) => {
                    let route = async {
                        match direct.answer(class, request).await {
                            Ok(response) => Ok(response),
                            Err(request) => router.call(*request).await,
                        }
                    };
                    answer(&gate, class, route).await
                }
            };
            secure(&mut response);
            gate.metrics.answered(class, response.status(), started.elapsed());
            Ok(response)
        })
    }
}

/// One request in flight; counted until dropped.
struct Pass<'g>(&'g Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    fn admit(&self, request: &Request<Body>) -> Result<Pass<'_>, Refused> {
        let host = self.hosts.check(request.headers(), request.uri()).map_err(misdirected)?;
        if changes_state(request.method()) && is_cross_site(request.headers(), host) {
            return Err(Code::CrossSite.says(
                "The browser says that a page of another site sent this. Open this server's own pages, or \
                 send the request from a program without Origin and Sec-Fetch-Site headers.",
            ));
        }
        let pass = Pass(self);
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= self.in_flight_max {
            return Err(Code::Overloaded.says("Too many requests at once. Try again in a moment."));
        }
        Ok(pass)
    }
}

fn misdirected(why: Misdirected) -> Refused {
    Code::Misdirected.says(match why {
        Misdirected::NoHost => "The Host header is missing.",
        Misdirected::TwoHosts => "There is more than one Host header.",
        Misdirected::Unknown => {
            "The Host header names another server. If the name is right, add it to `hosts` in tenure.toml."
        }
    })
}

/// Runs the route, within its time where it could take its time, and catches its panic.
async fn answer(
    gate: &Gate,
    class: RouteClass,
    route: impl Future<Output = Result<Response, Infallible>> + Send,
) -> Response {
    let guarded = Guarded(std::pin::pin!(route));
    // What reads a body in its time and then waits for the engine needs no timer of its own: the engine answers
    // every command, and a timer per checkout costs more than reading it.
    let answered = match class.is_hot() {
        true => Ok(guarded.await),
        false => tokio::time::timeout(gate.request_timeout, guarded).await,
    };
    match answered {
        Ok(Ok(Ok(response))) => response,
        Ok(Err(panic)) => {
            gate.metrics.panicked();
            tracing::error!(panic = words(panic.as_ref()), "a request panicked");
            Code::Internal.says("This is a bug. The server's log names it.").into_response()
        }
        Err(_elapsed) => Code::TimedOut
            .says("No answer in time. Send the same request with the same Idempotency-Key again.")
            .into_response(),
    }
}

/// A future whose panic is a value.
struct Guarded<'f, F>(Pin<&'f mut F>);

impl<F: Future> Future for Guarded<'_, F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| inner.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic without words",
    }
}

fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    headers.reserve(5);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"),
    );
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
