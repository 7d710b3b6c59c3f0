//! When the process is asked to stop: Ctrl-C, or the system's request to terminate.
//!
//! In: nothing. Out: a future that ends then. A second request is left to the system, which ends the process at once.

/// Ends when somebody asks the process to stop.
pub async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    if interrupted.await.is_err() {
        // Without signals there is nothing to wait for; the system ends the process.
        std::future::pending::<()>().await;
    }
}
