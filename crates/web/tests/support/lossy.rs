//! A way to a server on which one answer gets lost: what was asked is done, and nobody hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::http::{Method, Request, Response, StatusCode};
use tenure_web::{Answering, Backend};

/// Loses the answer to the first request of this method whose path begins so.
pub struct Lossy {
    to: Arc<dyn Backend>,
    loses: (Method, &'static str),
    has_lost: AtomicBool,
}

impl Lossy {
    pub fn new(to: Arc<dyn Backend>, loses: (Method, &'static str)) -> Self {
        Self { to, loses, has_lost: AtomicBool::new(false) }
    }
}

impl Backend for Lossy {
    fn call(&self, request: Request<Bytes>) -> Answering<'_> {
        let (method, path) = &self.loses;
        let is_it = request.method() == method && request.uri().path().starts_with(path);
        let loses = is_it && !self.has_lost.swap(true, Ordering::SeqCst);
        Box::pin(async move {
            let mut answer = self.to.call(request).await;
            if loses {
                answer = Response::new(Bytes::new());
                *answer.status_mut() = StatusCode::GATEWAY_TIMEOUT;
            }
            answer
        })
    }
}
