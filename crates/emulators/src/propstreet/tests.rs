//! Sentences about the parts that need no server.
