//! Bodies of answers: whole ones, and those that break off half way.
//!
//! In: the bytes of an answer. Out: a body that announces its full length and gives all of it, or half and an error.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The body of an answer.
#[derive(Debug)]
pub(super) struct AnswerBody {
    left: Option<Bytes>,
    announced: u64,
    breaks_off: bool,
}

impl AnswerBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self {
            announced: bytes.len() as u64,
            left: Some(bytes),
            breaks_off: false,
        }
    }

    pub(super) fn cut(bytes: &Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        Self {
            announced: bytes.len() as u64,
            left: Some(half),
            breaks_off: true,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.left.take() {
            Some(bytes) if !bytes.is_empty() => {
                self.announced -= bytes.len() as u64;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(_) | None if self.breaks_off => {
                self.breaks_off = false;
                Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted))))
            }
            Some(_) | None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks_off && self.left.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
