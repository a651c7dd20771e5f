//! OpenTelemetry, as the standard environment variables ask for it. What goes wrong with it is a warning, and no more.

#[cfg(feature = "otel")]
use std::sync::Arc;

use wpipe::Run;

#[cfg(feature = "otel")]
use wpipe::otel::OtelObserver;

use crate::terminal::warn;

/// The telemetry of a run; none unless the environment asks for it.
#[derive(Default)]
pub(super) struct Telemetry {
    #[cfg(feature = "otel")]
    observer: Option<Arc<OtelObserver>>,
    /// The reason why nothing is sent, told at the end.
    fault: Option<String>,
}

impl Telemetry {
    pub(super) fn from_env() -> Self {
        #[cfg(feature = "otel")]
        return match OtelObserver::from_env() {
            Ok(observer) => Self { observer: observer.map(Arc::new), fault: None },
            Err(error) => Self { observer: None, fault: Some(format!("OpenTelemetry: nothing is sent: {error}")) },
        };
        #[cfg(not(feature = "otel"))]
        {
            let asked = std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|value| !value.is_empty());
            let fault = "OpenTelemetry: nothing is sent: this command was built without the feature `otel`";
            Self { fault: asked.then(|| fault.to_owned()) }
        }
    }

    pub(super) fn observes<'p>(&self, run: Run<'p>) -> Run<'p> {
        #[cfg(feature = "otel")]
        if let Some(observer) = &self.observer {
            return run.observe_shared(observer.clone());
        }
        run
    }

    /// Sends the rest, and warns once if something is lost.
    pub(super) fn finish(self) {
        #[cfg(feature = "otel")]
        let lost = self.observer.and_then(|observer| observer.finish().err()).map(|error| error.to_string());
        #[cfg(not(feature = "otel"))]
        let lost = None;
        if let Some(text) = self.fault.or(lost) {
            warn(&text);
        }
    }
}
