//! What is sent.

/// `message Message { string text = 1; }`
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Message {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

/// `message Amount { uint64 items = 1; uint64 bytes = 2; }`
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Amount {
    #[prost(uint64, tag = "1")]
    pub(crate) items: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) bytes: u64,
}

/// The service, and its methods.
pub(crate) const SERVICE: &str = "bench.Echo";
pub(crate) const ECHO: &str = "/bench.Echo/Echo";
pub(crate) const RECEIVE: &str = "/bench.Echo/Receive";
pub(crate) const SEND: &str = "/bench.Echo/Send";
