//! The outermost layer: what happens to every request before routing and to every answer after it.
//!
//! Kept here, in one thin service because the checkout pays for each layer: host allow-list (421) and origin
//! check (403) before routing; a bound on requests in flight (503); a time limit (503); a panic becomes a 500
//! and a count; every answer carries the security headers; every answer is counted and timed.
//! Deliberately not here: anything a route could decide.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use tower::Service;

use crate::host::{Hosts, Misdirected, changes_state, is_cross_site};
use crate::limits::Limits;
use crate::metrics::{Class, Metrics};
use crate::outside::instant;
use crate::pages::{ProblemPage, is_for_eyes, shown};
use crate::problem::{Code, Refused};

/// What a shell answers by itself, without the router: its busiest route, if it has one.
pub trait Direct: Send + Sync + 'static {
    /// Its kinds of requests.
    type Class: Class;

    /// The answer, or the request back when it is for the router.
    fn answer(
        &self,
        class: Self::Class,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response, Box<Request<Body>>>> + Send;
}

/// A shell that leaves every request to the router.
pub struct RouterOnly<C>(PhantomData<C>);

impl<C> Default for RouterOnly<C> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C: Class> Direct for RouterOnly<C> {
    type Class = C;

    async fn answer(&self, _: C, request: Request<Body>) -> Result<Response, Box<Request<Body>>> {
        Err(Box::new(request))
    }
}

/// What the shell enforces.
pub struct Gate {
    hosts: Hosts,
    metrics: Arc<Metrics>,
    request_timeout: Duration,
    in_flight_max: usize,
    in_flight: AtomicUsize,
    open_to_other_sites: &'static [&'static str],
    problem_page: Option<ProblemPage>,
}

/// A server as a service: the router behind the gate.
pub struct Shell<D>(Arc<Layers<D>>);

/// In one piece, because each request holds on to it: a count of holders for each layer is a cache line that all
/// processors write.
struct Layers<D> {
    direct: D,
    router: Router,
    gate: Gate,
}

impl<D> Clone for Shell<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Direct> Shell<D> {
    /// The router of one listener behind a gate.
    pub fn new(direct: D, router: Router, gate: Gate) -> Self {
        Self(Arc::new(Layers { direct, router, gate }))
    }

    /// Answers a request that came from `peer`, where that is known.
    ///
    /// A block and not an `async fn`, which would keep the request twice.
    pub(crate) fn serve(
        &self,
        request: Request<Body>,
        peer: Option<SocketAddr>,
    ) -> impl Future<Output = Response> + Send {
        let Layers { direct, gate, .. } = &*self.0;
        let started = instant();
        async move {
            let class = D::Class::of(request.method(), request.uri().path());
            let problem_page = gate.problem_page.filter(|_| is_for_eyes(&request));
            let mut response = match gate.admit(&request) {
                Err(refused) => refused.into_response(),
                Ok(_pass) => {
                    let direct = std::pin::pin!(direct.answer(class, request));
                    match answer(gate, class.is_hot(), Guarded(direct)).await {
                        Ok(Ok(response)) | Err(response) => response,
                        // In a box: what is seldom run makes the future of every request larger.
                        Ok(Err(request)) => Box::pin(self.route(class, *request, peer)).await,
                    }
                }
            };
            if let Some(page) = problem_page {
                response = Box::pin(shown(page, response)).await;
            }
            secure(&mut response);
            gate.metrics.answered(class, response.status(), started.elapsed());
            response
        }
    }
}

impl<D: Direct> Shell<D> {
    /// What the router answers.
    async fn route(
        &self,
        class: D::Class,
        mut request: Request<Body>,
        peer: Option<SocketAddr>,
    ) -> Response {
        let Layers { router, gate, .. } = &*self.0;
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        // In a block: also what the router does before it waits may panic.
        let routed = std::pin::pin!(async { router.clone().call(request).await });
        match answer(gate, class.is_hot(), Guarded(routed)).await {
            Ok(Ok(response)) | Err(response) => response,
        }
    }
}

impl<D: Direct> Service<Request<Body>> for Shell<D> {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shell = self.clone();
        Box::pin(async move { Ok(shell.serve(request, None).await) })
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
    /// A gate with nothing in flight.
    pub fn new(hosts: Hosts, metrics: Arc<Metrics>, limits: &Limits) -> Self {
        Self {
            hosts,
            metrics,
            request_timeout: limits.request_timeout,
            in_flight_max: limits.in_flight_max,
            in_flight: AtomicUsize::new(0),
            open_to_other_sites: &[],
            problem_page: None,
        }
    }

    /// Shows problems as pages to browsers that ask for pages.
    #[must_use]
    pub fn with_problem_page(mut self, page: Option<ProblemPage>) -> Self {
        self.problem_page = page;
        self
    }

    /// Lets pages of other sites send to these exact paths: their handlers see to it themselves, and take no cookie.
    #[must_use]
    pub fn open_to_other_sites(mut self, paths: &'static [&'static str]) -> Self {
        self.open_to_other_sites = paths;
        self
    }

    fn admit(&self, request: &Request<Body>) -> Result<Pass<'_>, Refused> {
        let host = self.hosts.check(request.headers(), request.uri()).map_err(misdirected)?;
        if changes_state(request.method())
            && is_cross_site(request.headers(), host)
            && !self.open_to_other_sites.contains(&request.uri().path())
        {
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
            "The Host header names another server. If the name is right, add it to \
             `allowed_hosts` in the configuration."
        }
    })
}

/// Runs what answers, within its time where it could take its time, and catches its panic.
async fn answer<T>(
    gate: &Gate,
    is_hot: bool,
    guarded: Guarded<'_, impl Future<Output = T> + Send>,
) -> Result<T, Response> {
    // What reads a body in its time and then waits for the engine needs no timer of its own: the engine answers
    // every command, and a timer per checkout costs more than reading it.
    let answered = match is_hot {
        true => Ok(guarded.await),
        false => Box::pin(tokio::time::timeout(gate.request_timeout, guarded)).await,
    };
    let refused = match answered {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(panic)) => {
            gate.metrics.panicked();
            tracing::error!(panic = words(panic.as_ref()), "a request panicked");
            Code::Internal.says("This is a bug. The server's log names it.")
        }
        Err(_elapsed) => Code::TimedOut
            .says("No answer in time. Send the same request with the same Idempotency-Key again."),
    };
    Err(refused.into_response())
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

/// A page says for itself what it loads and whom it tells where it was; everything else is told here.
fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    headers.reserve(5);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Visit;
    use prometheus_client::registry::Registry;

    fn size_of_future<A, F>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    fn shell_of(router: Router) -> Shell<RouterOnly<Visit>> {
        let limits = Limits { request_timeout: Duration::from_millis(20), ..Limits::default() };
        let gate = Gate::new(Hosts::loopback(), Arc::new(Metrics::new::<Visit>()), &limits);
        Shell::new(RouterOnly::default(), router, gate)
    }

    async fn status_of(shell: &Shell<RouterOnly<Visit>>) -> u16 {
        let request = Request::get("/").header("Host", "localhost").body(Body::empty());
        shell.serve(request.expect("a request"), None).await.status().as_u16()
    }

    #[tokio::test]
    async fn a_panic_before_or_after_the_first_wait_is_an_answer_and_counted() {
        type Never = std::future::Ready<Result<Response, Infallible>>;
        let at_once = |_: Request<Body>| -> Never { panic!("before anything is waited for") };
        async fn later() {
            tokio::task::yield_now().await;
            panic!("later")
        }
        let routers = [
            Router::new().fallback_service(tower::service_fn(at_once)),
            Router::new().fallback(later),
        ];
        for router in routers {
            let shell = shell_of(router);
            assert_eq!(status_of(&shell).await, 500);
            let counted = shell.0.gate.metrics.text(&Registry::default()).expect("text");
            assert!(counted.contains("tenure_http_panics_total 1"), "{counted}");
            assert_eq!(shell.0.gate.in_flight.load(Ordering::Relaxed), 0);
        }
    }

    #[tokio::test]
    async fn a_route_that_never_answers_is_given_up() {
        let shell = shell_of(Router::new().fallback(std::future::pending::<()>));
        assert_eq!(status_of(&shell).await, 503);
        assert_eq!(shell.0.gate.in_flight.load(Ordering::Relaxed), 0);
    }

    /// Each request has its future in memory of its own, and touches all of it.
    #[test]
    fn what_the_gate_adds_to_a_request_is_small() {
        type Pages = &'static Shell<RouterOnly<Visit>>;
        let whole = |(shell, request): (Pages, Request<Body>)| shell.serve(request, None);
        let inner =
            |(shell, request): (Pages, Request<Body>)| shell.0.direct.answer(Visit::Page, request);
        let added = size_of_future(whole) - size_of_future(inner);
        assert!(added <= 640, "{added} bytes");
    }
}
