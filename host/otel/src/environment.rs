//! The standard environment variables that say whether and where to something is sent. Those that say more of it
//! (headers, sampler, queues …) are read by OpenTelemetry's own crates.

/// The protocols that are spoken.
const PROTOBUF: &str = "http/protobuf";
pub(crate) const JSON: &str = "http/json";

/// A setting that this exporter cannot follow: nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A variable has a value that is not spoken here.
    #[error("`{variable}={value}` is not possible: {expected}")]
    Unknown {
        /// The variable.
        variable: String,
        /// Its value.
        value: String,
        /// The values that are.
        expected: &'static str,
    },
    /// A file of certificates cannot be read.
    #[error("the certificates of `OTEL_EXPORTER_OTLP_CERTIFICATE`, `{path}`, cannot be used: {reason}")]
    Certificate {
        /// The file.
        path: String,
        /// The reason.
        reason: String,
    },
    /// OpenTelemetry's exporter cannot be made.
    #[error("{0}")]
    Exporter(String),
}

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    fn name(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Metrics => "METRICS",
            Self::Logs => "LOGS",
        }
    }
}

/// The variables of the process, of which empty ones count as not set.
pub(crate) struct Environment<F>(F);

impl Environment<fn(&str) -> Option<String>> {
    pub(crate) fn of_process() -> Self {
        Self(|name| std::env::var(name).ok())
    }
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns the signals that are to be sent; none without an endpoint.
    pub(crate) fn signals(&self) -> Result<Vec<Signal>, SetupError> {
        if self.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(Vec::new());
        }
        let mut sent = Vec::new();
        for signal in Signal::ALL {
            let exporter = format!("OTEL_{}_EXPORTER", signal.name());
            match self.get(&exporter).as_deref() {
                None | Some("otlp") => {}
                Some("none") => continue,
                Some(value) => {
                    let value = value.to_owned();
                    return Err(SetupError::Unknown { variable: exporter, value, expected: "use `otlp` or `none`" });
                }
            }
            if self.of_signal(signal, "ENDPOINT").is_none() {
                continue;
            }
            match self.of_signal(signal, "PROTOCOL") {
                None => {}
                Some((_, value)) if value == PROTOBUF || value == JSON => {}
                Some((variable, value)) => {
                    let expected = "use `http/protobuf` or `http/json`, which collectors take at port 4318";
                    return Err(SetupError::Unknown { variable, value, expected });
                }
            }
            sent.push(signal);
        }
        Ok(sent)
    }

    /// Returns a variable of the exporter and its value, that of the signal before that of all.
    pub(crate) fn of_signal(&self, signal: Signal, what: &str) -> Option<(String, String)> {
        let names = [format!("OTEL_EXPORTER_OTLP_{}_{what}", signal.name()), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| self.get(&name).map(|value| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(variables: &[(&str, &str)]) -> Result<Vec<Signal>, SetupError> {
        let value = |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        Environment(value).signals()
    }

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    #[test]
    fn nothing_is_sent_without_an_endpoint() {
        assert_eq!(signals(&[]), Ok(vec![]));
        assert_eq!(signals(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), Ok(vec![]));
        assert_eq!(signals(&[("OTEL_SERVICE_NAME", "x"), ("OTEL_TRACES_EXPORTER", "otlp")]), Ok(vec![]));
        assert_eq!(signals(&[ENDPOINT]), Ok(Signal::ALL.to_vec()));
    }

    #[test]
    fn an_endpoint_of_one_signal_is_for_that_alone() {
        assert_eq!(signals(&[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://localhost/x")]), Ok(vec![Signal::Logs]));
    }

    #[test]
    fn what_is_disabled_is_not_sent() {
        assert_eq!(signals(&[ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(vec![]));
        assert_eq!(signals(&[ENDPOINT, ("OTEL_SDK_DISABLED", "1")]), Ok(Signal::ALL.to_vec()));
        let without_metrics = [ENDPOINT, ("OTEL_METRICS_EXPORTER", "none")];
        assert_eq!(signals(&without_metrics), Ok(vec![Signal::Traces, Signal::Logs]));
    }

    #[test]
    fn what_is_not_spoken_is_told() {
        let told = |variables: &[_]| signals(variables).expect_err("not spoken").to_string();
        let grpc = told(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
        assert!(grpc.starts_with("`OTEL_EXPORTER_OTLP_PROTOCOL=grpc`"), "{grpc}");
        let console = told(&[ENDPOINT, ("OTEL_LOGS_EXPORTER", "console")]);
        assert!(console.starts_with("`OTEL_LOGS_EXPORTER=console`"), "{console}");
        // That of a signal comes first, and so does one that sends nothing.
        let others = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json")];
        let none = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
        assert_eq!(signals(&[&[ENDPOINT][..], &others, &none].concat()), Ok(vec![Signal::Logs]));
    }
}
