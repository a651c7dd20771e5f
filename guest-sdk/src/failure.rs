//! A node's own errors in words, with their causes.
//!
//! The compiler chooses among the three traits: `(&&&Failed(error)).message()` takes the first whose bounds hold, in
//! the order of the references.

use core::error::Error;
use core::fmt::Display;
use core::ops::Deref;

/// The error of a node.
#[derive(Debug)]
pub struct Failed<E>(pub E);

/// Wraps the error of a node, which must display something.
pub fn failed<E: Display>(error: E) -> Failed<E> {
    Failed(error)
}

/// The message of errors that know their causes.
pub trait ByError {
    /// Returns the error and its causes.
    fn message(&self) -> String;
}

impl<E: Error> ByError for &&Failed<E> {
    fn message(&self) -> String {
        with_causes(self.0.to_string(), self.0.source())
    }
}

/// The message of boxes of errors, which are no errors themselves.
pub trait ByDeref {
    /// Returns the error and its causes.
    fn message(&self) -> String;
}

impl<E: Display + Deref<Target: Error>> ByDeref for &Failed<E> {
    fn message(&self) -> String {
        with_causes(self.0.to_string(), self.0.source())
    }
}

/// The message of anything else: text, mostly.
pub trait ByDisplay {
    /// Returns the text.
    fn message(&self) -> String;
}

impl<E: Display> ByDisplay for Failed<E> {
    fn message(&self) -> String {
        self.0.to_string()
    }
}

/// Returns `failed to …: because of …: because of …`, without the parts of a cause that an error repeats itself.
fn with_causes(mut message: String, mut cause: Option<&(dyn Error + 'static)>) -> String {
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}

/// Evaluates to the value of a call that succeeded; returns the error of one that failed.
#[doc(hidden)]
#[macro_export]
macro_rules! succeeded {
    ($call:expr) => {
        match $call {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => {
                #[expect(unused_imports, reason = "the compiler picks one")]
                use $crate::__private::{ByDeref as _, ByDisplay as _, ByError as _};
                return ::core::result::Result::Err((&&&$crate::__private::failed(error)).message());
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to fit")]
    struct Outer(#[source] std::num::ParseIntError);

    fn outer() -> Outer {
        Outer("x".parse::<i32>().expect_err("no number"))
    }

    const BOTH: &str = "failed to fit: invalid digit found in string";

    /// Returns the text of an error that the host gets: the macro picks the trait, as in a node.
    macro_rules! told {
        ($error:expr) => {{
            let node = || -> Result<(), String> {
                crate::succeeded!(Err::<(), _>($error));
                Ok(())
            };
            node().expect_err("the call failed")
        }};
    }

    #[test]
    fn causes_are_told() {
        assert_eq!(told!(outer()), BOTH);
    }

    #[test]
    fn causes_are_told_through_a_box() {
        assert_eq!(told!(Box::<dyn Error>::from(outer())), BOTH);
        assert_eq!(told!(Box::<dyn Error + Send + Sync>::from(outer())), BOTH);
    }

    #[test]
    fn text_is_itself() {
        assert_eq!(told!("no rows"), "no rows");
        assert_eq!(told!("no rows".to_owned()), "no rows");
    }

    #[test]
    fn what_an_error_says_of_its_cause_is_not_repeated() {
        let cause = "x".parse::<i32>().expect_err("no number");
        let message = with_causes(format!("failed: {cause}"), Some(&cause));
        assert_eq!(message, "failed: invalid digit found in string");
    }
}
