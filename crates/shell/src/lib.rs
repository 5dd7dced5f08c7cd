//! What every HTTP shell of the house is made of: the license server's, and those beside it.
//!
//! Kept here: a request is read strictly and within limits; every error is a problem document; a route that needs a
//! role takes a [`access::Permit`]; one thin service stands in front of every router. A shell brings its state (an
//! `AsRef<`[`edge::Edge`]`>`), its roles and users ([`access::Accounts`]), its kinds of requests
//! ([`metrics::Class`]) and its busiest route ([`shell::Direct`]); all of it is resolved when it is compiled.
//!
//! Deliberately not here: any route, any decision, and what is licensed: this crate knows neither `leasing` nor
//! `issuing`. What two shells don't share alike stays with each of them.

#![forbid(unsafe_code)]

pub mod access;
pub mod answer;
pub mod asked;
pub mod backoff;
pub mod body;
pub mod deliver;
pub mod der;
pub mod edge;
pub mod engine_metrics;
pub mod extract;
pub mod fallback;
pub mod fault;
pub mod health;
pub mod host;
pub mod idempotency;
pub mod limits;
pub mod list;
pub mod login;
pub mod member;
pub mod metrics;
pub mod openapi;
pub mod outside;
pub mod pages;
pub mod password;
pub mod problem;
pub mod route;
pub mod running;
pub mod secret;
pub mod serve;
pub mod session;
pub mod shell;
pub mod tls;
pub mod turns;
