//! From settings to a store. Nothing is requested here; that begins with the first load or save.

use std::str::FromStr;
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::limit::LimitStore;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use url::Url;
use wpipe_text::{Name, credentials};

use super::delay::Bandwidth;
use super::environment::Environment;
use super::files::LocalFiles;
use super::http::Connector;
use super::opened::{Opened, Scheme};
use super::profile::Profile;
use super::secrets::Secrets;
use super::tolled::{Toll, Tolled};
use super::walk::Links;
use crate::causes::innermost;
use crate::location::without_credentials;
use crate::{OptionError, StoreConfig};

/// The prefixes of the variables that stores read.
const PROVIDERS: [&str; 3] = ["AWS_", "GOOGLE_", "AZURE_"];

/// The texts of the settings, with the environment's values in them.
struct Texts {
    url: String,
    endpoint: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
}

/// Everything that is needed to connect.
struct Settings<'s> {
    config: &'s StoreConfig,
    environment: &'s Environment,
    texts: Texts,
    url: Url,
    errors: Vec<OptionError>,
    secrets: Vec<String>,
}

pub(super) fn open(config: &StoreConfig, environment: &Environment) -> Result<Opened, Vec<OptionError>> {
    let (texts, mut errors) = Texts::expand(config, environment);
    if errors.iter().any(|error| error.key.as_deref() == Some("url")) {
        return Err(errors);
    }
    // The URL as it is written: the environment's values must not be shown.
    let shown = without_credentials(&config.url);
    let Ok(url) = Url::parse(&texts.url) else {
        let help = "write the prefix of its datasets, such as `s3://bucket/prefix`";
        errors.insert(0, error("url", format!("`{shown}` is not a URL"), help));
        return Err(errors);
    };
    let secrets = secrets(config, &texts, &url, environment);
    let mut settings = Settings { config, environment, texts, url, errors, secrets };
    let scheme = match settings.url.scheme() {
        "file" => Scheme::File,
        "s3" | "s3a" => Scheme::S3,
        "gs" => Scheme::Google,
        "az" | "azure" | "abfs" | "abfss" => Scheme::Azure,
        "http" | "https" => Scheme::Http,
        other => {
            let help = "stores are `s3://`, `gs://`, `az://`, `http://`, `https://` and `file://`";
            settings.errors.insert(0, error("url", format!("`{other}` URLs are not known"), help));
            return Err(settings.errors);
        }
    };
    if scheme == Scheme::File && settings.url.host_str().is_some_and(|host| host != "localhost") {
        let help = "write `file:///…` with three slashes";
        settings.errors.push(error("url", format!("`{shown}` has a host, which files do not have"), help));
    }
    settings.refuse_misplaced(scheme);
    let store = if settings.errors.is_empty() { settings.connect(scheme) } else { None };
    let prefix = Key::from_url_path(settings.url.path().trim_end_matches('/'))
        .map_err(|_| settings.errors.push(error("url", format!("`{shown}` holds what no key does"), "correct it")));
    let (Some(store), Ok(prefix), true) = (store, prefix, settings.errors.is_empty()) else {
        return Err(settings.errors);
    };
    Ok(Opened {
        store: throttled(store, config),
        scheme,
        identity: settings.identity(scheme).into(),
        host: shown_host(&shown).into(),
        prefix,
        shown: shown.trim_end_matches('/').into(),
        retry: config.retry(),
        timeouts: config.timeouts(),
        secrets: Secrets::new(settings.secrets),
    })
}

fn error(key: &str, message: impl Into<String>, help: impl Into<String>) -> OptionError {
    OptionError { key: Some(key.to_owned()), message: message.into(), help: Some(help.into()) }
}

/// Returns `store` with its limits.
fn throttled(store: Arc<dyn ObjectStore>, config: &StoreConfig) -> Arc<dyn ObjectStore> {
    let limited: Arc<dyn ObjectStore> = match config.max_concurrent {
        Some(most) => Arc::new(LimitStore::new(store, most.max(1))),
        None => store,
    };
    let bandwidth = config.max_bandwidth.map(|rate| Box::new(Bandwidth::new(rate)) as Box<dyn Toll>);
    Tolled::wrap(limited, bandwidth.into_iter().collect())
}

/// Returns the bucket or host of a URL, as it is written.
pub(super) fn shown_host(shown: &str) -> &str {
    let rest = shown.split_once("://").map_or(shown, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn secrets(config: &StoreConfig, texts: &Texts, url: &Url, environment: &Environment) -> Vec<String> {
    let Texts { access_key_id, secret_access_key, session_token, .. } = texts;
    let urls = config.endpoint.iter().chain([&config.url]);
    let put_in = urls.flat_map(|text| environment.values_in(text).map(str::to_owned));
    let mut secrets: Vec<_> =
        [access_key_id, secret_access_key, session_token].into_iter().flatten().cloned().collect();
    secrets.extend(put_in);
    secrets.extend(url.password().map(str::to_owned));
    secrets.extend(url.query().map(str::to_owned));
    let variables = PROVIDERS.iter().flat_map(|provider| environment.beginning_with(provider));
    for (name, value) in variables {
        // Some are secret as a whole, and some have a part that looks like it.
        if Name::of(name).hides(false, false) {
            secrets.push(value.to_owned());
        }
        secrets.extend(credentials(value).into_iter().map(|part| value[part].to_owned()));
    }
    secrets
}

impl Texts {
    /// Expands the texts. A text with a variable that is not set is left out.
    fn expand(config: &StoreConfig, environment: &Environment) -> (Self, Vec<OptionError>) {
        let mut errors = Vec::new();
        let mut expand = |key: &str, text: Option<&String>| {
            text.and_then(|text| environment.expand(key, text).map_err(|error| errors.push(error)).ok())
        };
        let texts = Self {
            url: expand("url", Some(&config.url)).unwrap_or_default(),
            endpoint: expand("endpoint", config.endpoint.as_ref()),
            access_key_id: expand("access_key_id", config.access_key_id.as_ref()),
            secret_access_key: expand("secret_access_key", config.secret_access_key.as_ref()),
            session_token: expand("session_token", config.session_token.as_ref()),
        };
        (texts, errors)
    }
}

impl Settings<'_> {
    /// Reports the keys that have no meaning for a store of this kind.
    fn refuse_misplaced(&mut self, scheme: Scheme) {
        let config = self.config;
        let of_s3 = [
            ("endpoint", config.endpoint.is_some()),
            ("region", config.region.is_some()),
            ("access_key_id", config.access_key_id.is_some()),
            ("secret_access_key", config.secret_access_key.is_some()),
            ("session_token", config.session_token.is_some()),
            ("virtual_hosted_style", config.virtual_hosted_style.is_some()),
        ];
        if scheme != Scheme::S3 {
            let misplaced = of_s3.into_iter().filter(|(_, is_there)| *is_there);
            let help = match scheme {
                Scheme::Google => "Google's own variables, such as `GOOGLE_APPLICATION_CREDENTIALS`, say who asks",
                Scheme::Azure => "Azure's own variables, such as `AZURE_STORAGE_ACCOUNT_NAME`, say who asks",
                _ => "leave it out",
            };
            self.errors.extend(misplaced.map(|(key, _)| error(key, format!("`{key}` is for `s3://` stores"), help)));
            return;
        }
        let pair = [("access_key_id", "secret_access_key"), ("secret_access_key", "access_key_id")];
        let is_there = |key| of_s3.contains(&(key, true));
        let alone = pair.into_iter().find(|(key, other)| is_there(key) && !is_there(other));
        self.errors.extend(alone.map(|(key, other)| {
            error(key, format!("`{key}` without `{other}`"), format!("add `{other}`, or leave both to the environment"))
        }));
    }

    fn connect(&mut self, scheme: Scheme) -> Option<Arc<dyn ObjectStore>> {
        let connected = match scheme {
            Scheme::File => Ok(Arc::new(LocalFiles::new(Links::Within)) as _),
            Scheme::S3 => self.s3(),
            Scheme::Google => self.google(),
            Scheme::Azure => self.azure(),
            Scheme::Http => self.http(),
        };
        match connected {
            Ok(store) => Some(store),
            Err(failure) => {
                let message = Secrets::new(self.secrets.clone()).scrub(&innermost(&failure));
                let help = match scheme {
                    Scheme::S3 => "check the `AWS_…` variables",
                    Scheme::Google => "check the `GOOGLE_…` variables, such as `GOOGLE_APPLICATION_CREDENTIALS`",
                    Scheme::Azure => "check the `AZURE_…` variables, such as `AZURE_STORAGE_ACCOUNT_NAME`",
                    Scheme::Http | Scheme::File => "check the URL",
                };
                self.errors.push(error("url", format!("no store can be made of it: {message}"), help));
                None
            }
        }
    }

    /// Returns the part of the settings that tells the store from others. Without an endpoint, all stores of a scheme
    /// have the same, of the environment.
    fn identity(&self, scheme: Scheme) -> String {
        let bucket = format!("{scheme:?} {}@{}", self.url.username(), self.url.host_str().unwrap_or_default());
        match self.endpoint() {
            Some(endpoint) if scheme == Scheme::S3 => format!("{bucket} {}", endpoint.trim_end_matches('/')),
            _ => format!("{bucket}:{}", self.url.port().unwrap_or_default()),
        }
    }

    fn endpoint(&self) -> Option<&str> {
        let of_environment = || ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"].iter();
        let endpoint = self.texts.endpoint.as_deref();
        endpoint.or_else(|| of_environment().find_map(|name| self.environment.get(name)))
    }

    fn connector(&self) -> Connector {
        let is_web = self.url.scheme().starts_with("http");
        Connector { silence: self.config.timeouts().silence, is_web }
    }

    fn retry(&self) -> RetryConfig {
        let retry = self.config.retry();
        let max_retries = retry.most as usize;
        RetryConfig { backoff: BackoffConfig::default(), max_retries, retry_timeout: retry.timeout }
    }

    /// Returns the options of a client of a server at `endpoint`.
    fn client(&mut self, options: ClientOptions, endpoint: Option<&str>, is_allowed: bool) -> ClientOptions {
        let timeouts = self.config.timeouts();
        // Large objects may take their time as long as bytes come, which the connector watches.
        let options = options.with_timeout_disabled().with_connect_timeout(timeouts.connect);
        let plain = endpoint.filter(|endpoint| endpoint.starts_with("http://"));
        let Some(plain) = plain else { return options };
        let is_local = Url::parse(plain).is_ok_and(|url| match url.host() {
            Some(url::Host::Domain(host)) => host == "localhost",
            Some(url::Host::Ipv4(host)) => host.is_loopback(),
            Some(url::Host::Ipv6(host)) => host.is_loopback(),
            None => false,
        });
        let allowed = self.config.allow_http.unwrap_or(is_local || is_allowed);
        if !allowed {
            let key = if self.config.endpoint.is_some() { "endpoint" } else { "url" };
            let message = "`http://` lets everybody on the way read the data and its signatures";
            self.errors.push(error(key, message, "write `https://`, or add `allow_http = true`"));
        }
        options.with_allow_http(allowed)
    }

    fn s3(&mut self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let config = self.config;
        let has_keys = self.texts.access_key_id.is_some();
        let mut builder = AmazonS3Builder::new();
        let mut options = ClientOptions::new();
        for (key, value) in variables::<AmazonS3ConfigKey>(self.environment, "AWS_") {
            match key {
                AmazonS3ConfigKey::Client(key) => options = options.with_config(key, value),
                // Keys and token belong together.
                AmazonS3ConfigKey::AccessKeyId | AmazonS3ConfigKey::SecretAccessKey | AmazonS3ConfigKey::Token
                    if has_keys => {}
                key => builder = builder.with_config(key, value),
            }
        }
        let is_set = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).is_some();
        let profile = Profile::find(self.environment).unwrap_or_else(|name| {
            let message = format!("neither `~/.aws/credentials` nor `~/.aws/config` has the profile `{name}`");
            self.errors.push(error("url", message, "correct `AWS_PROFILE`, or unset it"));
            Profile::default()
        });
        let has_role = is_set(&builder, AmazonS3ConfigKey::WebIdentityTokenFile);
        if !has_keys && !has_role && !is_set(&builder, AmazonS3ConfigKey::AccessKeyId) {
            let keys = [
                (AmazonS3ConfigKey::AccessKeyId, profile.access_key_id),
                (AmazonS3ConfigKey::SecretAccessKey, profile.secret_access_key),
                (AmazonS3ConfigKey::Token, profile.session_token),
            ];
            for (key, value) in keys {
                if let Some(value) = value {
                    self.secrets.push(value.clone());
                    builder = builder.with_config(key, value);
                }
            }
        }
        for (key, value) in
            [(AmazonS3ConfigKey::Region, profile.region), (AmazonS3ConfigKey::Endpoint, profile.endpoint)]
        {
            if let Some(value) = value.filter(|_| !is_set(&builder, key)) {
                builder = builder.with_config(key, value);
            }
        }
        let settings = [
            (AmazonS3ConfigKey::Region, config.region.clone()),
            (AmazonS3ConfigKey::AccessKeyId, self.texts.access_key_id.clone()),
            (AmazonS3ConfigKey::SecretAccessKey, self.texts.secret_access_key.clone()),
            (AmazonS3ConfigKey::Token, self.texts.session_token.clone()),
            // The endpoint that beats the others.
            (AmazonS3ConfigKey::S3Endpoint, self.texts.endpoint.clone()),
            (AmazonS3ConfigKey::VirtualHostedStyleRequest, config.virtual_hosted_style.map(|is| is.to_string())),
            (AmazonS3ConfigKey::SkipSignature, config.skip_signature.map(|is| is.to_string())),
        ];
        for (key, value) in settings {
            if let Some(value) = value {
                builder = builder.with_config(key, value);
            }
        }
        let bucket = self.url.host_str().unwrap_or_default().to_owned();
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::S3Endpoint);
        let endpoint = endpoint.or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
        if config.virtual_hosted_style == Some(true)
            && let Some(endpoint) = endpoint.as_deref().and_then(|endpoint| with_bucket(endpoint, &bucket))
        {
            builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
        }
        let is_allowed = options.get_config_value(&ClientConfigKey::AllowHttp).as_deref() == Some("true");
        let options = self.client(options, endpoint.as_deref(), is_allowed);
        let builder = builder.with_bucket_name(bucket).with_client_options(options).with_retry(self.retry());
        Ok(Arc::new(builder.with_http_connector(self.connector()).build()?))
    }

    fn google(&mut self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut builder = GoogleCloudStorageBuilder::new();
        for (key, value) in variables::<GoogleConfigKey>(self.environment, "GOOGLE_") {
            builder = builder.with_config(key, value);
        }
        if self.config.skip_signature == Some(true) {
            builder = builder.with_config(GoogleConfigKey::SkipSignature, "true");
        }
        let bucket = self.url.host_str().unwrap_or_default().to_owned();
        let options = self.client(ClientOptions::new(), None, false);
        let builder = builder.with_bucket_name(bucket).with_client_options(options).with_retry(self.retry());
        Ok(Arc::new(builder.with_http_connector(self.connector()).build()?))
    }

    fn azure(&mut self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut builder = MicrosoftAzureBuilder::new();
        for (key, value) in variables::<AzureConfigKey>(self.environment, "AZURE_") {
            builder = builder.with_config(key, value);
        }
        if self.config.skip_signature == Some(true) {
            builder = builder.with_config(AzureConfigKey::SkipSignature, "true");
        }
        let options = self.client(ClientOptions::new(), None, false);
        let builder = builder.with_url(self.texts.url.clone()).with_client_options(options).with_retry(self.retry());
        Ok(Arc::new(builder.with_http_connector(self.connector()).build()?))
    }

    fn http(&mut self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut server = self.url.clone();
        server.set_path("");
        server.set_fragment(None);
        let server = server.to_string();
        // No credentials are at stake, and the URL decides about TLS.
        let options = self.client(ClientOptions::new(), Some(&server), true);
        let builder = HttpBuilder::new().with_url(server).with_client_options(options).with_retry(self.retry());
        Ok(Arc::new(builder.with_http_connector(self.connector()).build()?))
    }
}

/// Returns the variables of a provider that its stores know.
fn variables<'e, K: FromStr>(environment: &'e Environment, prefix: &'e str) -> impl Iterator<Item = (K, &'e str)> {
    environment
        .beginning_with(prefix)
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)))
}

/// Returns an endpoint whose host's name begins with the bucket's.
fn with_bucket(endpoint: &str, bucket: &str) -> Option<String> {
    let (scheme, host) = endpoint.split_once("://")?;
    Some(format!("{scheme}://{bucket}.{host}"))
}
