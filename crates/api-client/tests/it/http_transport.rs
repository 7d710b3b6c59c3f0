//! The real transport against servers of a few lines on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;

use api_client::{HttpTransport, RESPONSE_BYTES_MAX, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};

/// Serves one connection with these bytes, and gives what a call to it comes to.
fn call_answered_with(
    answer: impl FnOnce(&mut std::net::TcpStream) + Send + 'static,
) -> Result<Response<Bytes>, TransportError> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let read = connection.read(&mut request).unwrap();
        assert!(read > 0);
        answer(&mut connection);
    });
    let outcome = call(&format!("http://{address}/records"));
    server.join().unwrap();
    outcome
}

fn call(address: &str) -> Result<Response<Bytes>, TransportError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let transport = HttpTransport::new().unwrap();
    runtime.block_on(transport.send(Request::get(address).body(Bytes::new()).unwrap()))
}

#[test]
fn an_answer_arrives_whole() {
    let response = call_answered_with(|connection| {
        connection
            .write_all(b"HTTP/1.1 201 Created\r\netag: W/\"1\"\r\ncontent-length: 2\r\n\r\n{}")
            .unwrap();
    })
    .unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["etag"], "W/\"1\"");
    assert_eq!(response.body().as_ref(), b"{}");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let response = call_answered_with(|connection| {
        let redirect =
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(redirect).unwrap();
    })
    .unwrap();
    assert_eq!(response.status(), 302);
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let outcome = call_answered_with(|connection| {
        connection
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\"")
            .unwrap();
    });
    assert!(
        matches!(outcome, Err(TransportError::NoAnswer(_))),
        "{outcome:?}"
    );
    let outcome = call_answered_with(|_| {});
    assert!(
        matches!(outcome, Err(TransportError::NoAnswer(_))),
        "{outcome:?}"
    );
}

#[test]
fn an_answer_over_the_limit_is_not_read_to_its_end() {
    let outcome = call_answered_with(|connection| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            RESPONSE_BYTES_MAX + 1
        );
        connection.write_all(head.as_bytes()).unwrap();
        // The reader hangs up at some point.
        let _ = connection.write_all(&vec![b' '; RESPONSE_BYTES_MAX + 1]);
    });
    assert_eq!(
        outcome.unwrap_err(),
        TransportError::TooLarge {
            limit_bytes: RESPONSE_BYTES_MAX
        }
    );
}

#[test]
fn a_call_to_nobody_was_certainly_not_sent() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let outcome = call(&format!("http://{free}/"));
    assert!(
        matches!(outcome, Err(TransportError::NotSent(_))),
        "{outcome:?}"
    );
}

#[test]
fn plain_http_leaves_this_machine_never() {
    let outcome = call("http://api.example.com/");
    assert!(
        matches!(outcome, Err(TransportError::NotSent(_))),
        "{outcome:?}"
    );
}
