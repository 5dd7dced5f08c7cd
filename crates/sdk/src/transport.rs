//! How the messages of a session reach a server: a narrow port, and its one real implementation.
//!
//! Tests and other ways of travel (a shared folder: `folder`) implement [`Transport`].

use tenure_api::{
    ApiError, Client, UndoRequest, UsageAnswer, UsageBatchAnswer, UsageBatchRequest, UsageRequest,
};

use crate::session::{Message, Reply};

/// Carries one message to the server and its answer back.
pub trait Transport: Send + Sync {
    /// Sends a message under an idempotency key and waits for the answer, in bounded time.
    ///
    /// # Errors
    /// A refusal by the server, or a fault after which it is unknown whether the message arrived.
    fn send(&self, message: &Message, key: &str) -> Result<Reply, ApiError>;

    /// Consumes units of a metered feature.
    ///
    /// # Errors
    /// As [`Transport::send`].
    fn consume(&self, request: &UsageRequest, key: &str) -> Result<UsageAnswer, ApiError>;

    /// Takes a consumption back.
    ///
    /// # Errors
    /// As [`Transport::send`].
    fn undo(&self, id: &str, request: &UndoRequest, key: &str) -> Result<UsageAnswer, ApiError>;

    /// Hands over what was consumed off line.
    ///
    /// # Errors
    /// As [`Transport::send`].
    fn consume_batch(
        &self,
        request: &UsageBatchRequest,
        key: &str,
    ) -> Result<UsageBatchAnswer, ApiError>;
}

impl Transport for Client {
    fn send(&self, message: &Message, key: &str) -> Result<Reply, ApiError> {
        match message {
            Message::Chain => self.chain().map(Reply::Chain),
            Message::Checkout(body) => self.checkout_body(body.clone(), key).map(Reply::Checkout),
            Message::Renew(body) => self.renew_many_body(body.clone(), key).map(Reply::Renewed),
            Message::Poll { id, token, nonce, wait } => {
                self.ticket(id, token, *wait, Some(nonce)).map(Reply::Checkout)
            }
            Message::Cancel { id, token } => {
                self.cancel_ticket(id, Some(token), key).map(|_| Reply::Released)
            }
            Message::Release { lease, token } => {
                self.release(*lease, Some(token), key).map(|_| Reply::Released)
            }
        }
    }

    fn consume(&self, request: &UsageRequest, key: &str) -> Result<UsageAnswer, ApiError> {
        Client::consume(self, request, key)
    }

    fn undo(&self, id: &str, request: &UndoRequest, key: &str) -> Result<UsageAnswer, ApiError> {
        Client::undo(self, id, request, key)
    }

    fn consume_batch(
        &self,
        request: &UsageBatchRequest,
        key: &str,
    ) -> Result<UsageBatchAnswer, ApiError> {
        Client::consume_batch(self, request, key)
    }
}

/// No license server at all: for a machine by itself.
pub(crate) struct NoServer;

impl NoServer {
    fn none<T>() -> Result<T, ApiError> {
        let reason = "this application asks no license server".to_owned();
        Err(ApiError::Unsent { address: "nowhere".to_owned(), reason })
    }
}

impl Transport for NoServer {
    fn send(&self, _: &Message, _: &str) -> Result<Reply, ApiError> {
        Self::none()
    }

    fn consume(&self, _: &UsageRequest, _: &str) -> Result<UsageAnswer, ApiError> {
        Self::none()
    }

    fn undo(&self, _: &str, _: &UndoRequest, _: &str) -> Result<UsageAnswer, ApiError> {
        Self::none()
    }

    fn consume_batch(&self, _: &UsageBatchRequest, _: &str) -> Result<UsageBatchAnswer, ApiError> {
        Self::none()
    }
}
