//! The log: text for people or JSON for machines, on standard error. Standard output belongs to the commands.
//!
//! Every line of a request carries its `request_id`, because `web::edge` opens a span that holds it. Personal data is
//! not logged: no address, no search words, no e-mail, only patterns, ids and durations.

use std::any::Any;
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::config::{LogFormat, LogSettings};
use crate::error::{Error, Result};

/// How much is logged, for whoever changes it while the process runs.
pub struct LogLevel(reload::Handle<Targets, Registry>);

impl LogLevel {
    /// # Errors
    /// A level that is none.
    pub fn set(&self, level: &str) -> Result<()> {
        self.0.reload(targets(level)?).map_err(Error::internal)
    }
}

fn targets(level: &str) -> Result<Targets> {
    level.parse().map_err(Error::internal)
}

/// Starts the log of the process; a second call in one process is refused.
pub fn init(settings: &LogSettings) -> Result<LogLevel> {
    let (filter, level) = reload::Layer::new(targets(&settings.level)?);
    let registry = tracing_subscriber::registry().with(filter);
    match settings.format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_ansi(io::stderr().is_terminal())
                    .with_writer(io::stderr),
            )
            .try_init(),
        LogFormat::Json => {
            let json = fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false);
            registry.with(json.with_writer(io::stderr)).try_init()
        }
    }
    .map_err(Error::internal)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(LogLevel(level))
}

/// A panic is a line like any other, so that JSON stays JSON and the request's id stands beside it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic_message(panic.payload());
    tracing::error!(place, message, "a thread panicked");
}

/// What was said in a panic; almost always a text.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
