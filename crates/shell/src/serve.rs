//! Listening: sockets, TLS, connection limits, graceful stop.
//!
//! Kept here: cleartext leaves the machine only when the administrator said so; a slow header, an idle
//! connection and a connection too many are closed; a stop finishes what is under way and then ends.
//! Deliberately not here: what is answered (`shell` and the routes), when to stop (the composition root).

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use hyper::body::Incoming;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::Service;

use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::shell::{Direct, Shell};
use crate::tls::{Certificate, TlsFault, TlsFiles};

/// Connections the system may hold ready for us: a fleet comes back at once after a restart.
const BACKLOG: u32 = 4096;

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeFault {
    /// Cleartext on an address that others can reach.
    #[error(
        "{0} can be reached by other machines: give a certificate and key, or say `insecure_http = true` \
         (--insecure-http) when something in front of it does TLS"
    )]
    Cleartext(SocketAddr),
    /// The address can't be used.
    #[error("can't listen on {address}: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate or key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsFault),
}

/// One bound listener that does not accept yet.
pub struct Bound {
    listener: TcpListener,
    /// Where it is bound, with the port that was taken.
    pub address: SocketAddr,
    /// What it serves TLS from.
    pub certificate: Option<Arc<Certificate>>,
}

impl Bound {
    /// Binds the socket and reads the certificate.
    pub fn bind(
        address: SocketAddr,
        tls: Option<TlsFiles>,
        insecure_http: bool,
    ) -> Result<Self, ServeFault> {
        let certificate = certificate(address, tls, insecure_http)?.map(Arc::new);
        let listener = socket(address).map_err(|source| ServeFault::Address { address, source })?;
        let address =
            listener.local_addr().map_err(|source| ServeFault::Address { address, source })?;
        Ok(Self { listener, address, certificate })
    }

    /// What a client on this machine would open.
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// What is served from at an address: cleartext is for loopback, unless `insecure_http`.
pub fn certificate(
    address: SocketAddr,
    tls: Option<TlsFiles>,
    insecure_http: bool,
) -> Result<Option<Certificate>, ServeFault> {
    if tls.is_none() && !address.ip().is_loopback() && !insecure_http {
        return Err(ServeFault::Cleartext(address));
    }
    Ok(tls.map(Certificate::load).transpose()?)
}

fn socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The listeners that accept, as one set of tasks.
pub struct Accepting {
    handles: Vec<Handle<SocketAddr>>,
    tasks: JoinSet<io::Result<()>>,
    doors: Arc<Semaphore>,
}

impl Accepting {
    /// None yet, with as many places as the limits say.
    pub fn new(limits: &Limits) -> Self {
        let doors = Arc::new(Semaphore::new(limits.connections_max));
        Self { handles: Vec::new(), tasks: JoinSet::new(), doors }
    }

    /// Begins to accept on one listener.
    pub fn add<D: Direct>(
        &mut self,
        bound: Bound,
        shell: Shell<D>,
        metrics: &Arc<Metrics>,
        limits: &Limits,
    ) {
        let handle = Handle::new();
        let doorkeeper = Doorkeeper { doors: self.doors.clone(), metrics: metrics.clone() };
        let server = axum_server::Server::from_listener(bound.listener).handle(handle.clone());
        let connect = Connect { shell };
        match bound.certificate {
            None => {
                let server = strict(server.acceptor(doorkeeper), limits);
                self.tasks.spawn(server.serve(connect))
            }
            Some(certificate) => {
                let tls = RustlsAcceptor::new(certificate.config()).acceptor(doorkeeper);
                let server = strict(server.acceptor(tls), limits);
                self.tasks.spawn(server.serve(connect))
            }
        };
        self.handles.push(handle);
    }

    /// Accepts nothing more, lets what is under way finish within `grace`, then closes the rest.
    pub async fn stop(mut self, grace: Duration) {
        for handle in &self.handles {
            handle.graceful_shutdown(Some(grace));
        }
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(Err(fault)) = ended {
                tracing::warn!(%fault, "a listener ended badly");
            }
        }
    }
}

/// HTTP/1 with its limits. Must come after `acceptor`, which forgets the choice of the protocol; without that
/// choice the first bytes of a connection are waited for without end.
///
/// No half-closed connections: hyper then does not notice that a client is gone while it is answered, and a question
/// about a ticket would live on without anybody behind it and take the seat when one is offered.
fn strict<A>(
    server: axum_server::Server<SocketAddr, A>,
    limits: &Limits,
) -> axum_server::Server<SocketAddr, A> {
    let mut server = server.http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(64 * 1024)
        .pipeline_flush(true);
    server
}

/// Makes the service of one connection.
struct Connect<D> {
    shell: Shell<D>,
}

impl<D> Clone for Connect<D> {
    fn clone(&self) -> Self {
        Self { shell: self.shell.clone() }
    }
}

impl<D: Direct> Service<SocketAddr> for Connect<D> {
    type Response = Connected<D>;
    type Error = Infallible;
    type Future = Ready<Result<Connected<D>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, peer: SocketAddr) -> Self::Future {
        let (shell, open) = (self.shell.clone(), OnceLock::new());
        ready(Ok(Connected(Arc::new(Connection { shell, peer, open }))))
    }
}

/// One connection. Each request holds on to it, and to nothing that all connections share: such a count of holders is
/// a cache line that all processors write.
struct Connected<D>(Arc<Connection<D>>);

/// Knows its peer and holds its place.
struct Connection<D> {
    shell: Shell<D>,
    peer: SocketAddr,
    open: OnceLock<Open>,
}

impl<D> Clone for Connected<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Direct> Service<Request<Incoming>> for Connected<D> {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let Self(connection) = self.clone();
        Box::pin(async move {
            let Connection { shell, peer, .. } = &*connection;
            Ok(shell.serve(request.map(Body::new), Some(*peer)).await)
        })
    }
}

/// An open connection's place; given back when the connection ends.
struct Open {
    metrics: Arc<Metrics>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.metrics.disconnected();
    }
}

/// Lets connections in while there are places.
#[derive(Clone)]
struct Doorkeeper {
    doors: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl<D: Direct> Accept<TcpStream, Connected<D>> for Doorkeeper {
    type Stream = TcpStream;
    type Service = Connected<D>;
    type Future = Ready<io::Result<(TcpStream, Connected<D>)>>;

    fn accept(&self, stream: TcpStream, connected: Connected<D>) -> Self::Future {
        let Ok(place) = self.doors.clone().try_acquire_owned() else {
            self.metrics.connection_refused();
            return ready(Err(io::Error::other("too many connections")));
        };
        self.metrics.connected();
        let metrics = self.metrics.clone();
        connected.0.open.get_or_init(|| Open { metrics, _place: place });
        ready(stream.set_nodelay(true).map(|()| (stream, connected)))
    }
}
