//! A node's own errors in words, with their causes.
//!
//! Which of the three traits applies is found by the compiler: `(&&&Failed(error)).message()` takes the first whose
//! bounds hold, in the order of the references.

use core::error::Error;
use core::fmt::Display;
use core::ops::Deref;

/// The error of a node.
#[derive(Debug)]
pub struct Failed<E>(pub E);

/// The error of a node, which must be one that displays something.
pub fn failed<E: Display>(error: E) -> Failed<E> {
    Failed(error)
}

/// For errors that know their causes.
pub trait ByError {
    /// The error and its causes.
    fn message(&self) -> String;
}

impl<E: Error> ByError for &&Failed<E> {
    fn message(&self) -> String {
        with_causes(self.0.to_string(), self.0.source())
    }
}

/// For boxes of errors, which are none themselves.
pub trait ByDeref {
    /// The error and its causes.
    fn message(&self) -> String;
}

impl<E: Display + Deref<Target: Error>> ByDeref for &Failed<E> {
    fn message(&self) -> String {
        with_causes(self.0.to_string(), self.0.source())
    }
}

/// For anything else: text, mostly.
pub trait ByDisplay {
    /// The text.
    fn message(&self) -> String;
}

impl<E: Display> ByDisplay for Failed<E> {
    fn message(&self) -> String {
        self.0.to_string()
    }
}

/// `failed to …: because of …: because of …`, without what an error says of its cause itself.
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

/// The value of a call that succeeded; returns the error of one that failed.
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

    /// What the host is told of an error: the macro picks the trait, as in a node.
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
