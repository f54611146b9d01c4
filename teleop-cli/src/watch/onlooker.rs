//! [`Onlooker`]: who looks on, and may have seen enough.

use std::pin::pin;

use anyhow::Result;
use futures::{
    FutureExt, StreamExt,
    future::{self, Either},
    stream::LocalBoxStream,
};

use super::{display::Display, screen::Key};
use crate::{
    exit::{Exit, Interruption},
    outcome::Outcome,
    output::Output,
    signal::{Heard, resizes},
};

/// Who looks on: what is shown, and what is said in return, by keys and by signals.
pub(crate) struct Onlooker<'a> {
    title: String,
    output: &'a Output,
    /// `None` until there is something to be shown.
    display: Option<Display<'a>>,
    heard: Heard,
    resizes: LocalBoxStream<'static, ()>,
}

/// What interrupts a wait.
enum Disturbance {
    Pressed(Key),
    Resized,
}

impl<'a> Onlooker<'a> {
    pub(super) fn new(title: String, output: &'a Output, heard: Heard) -> Result<Self> {
        Ok(Self {
            title,
            output,
            display: None,
            heard,
            resizes: resizes()?,
        })
    }

    /// Whether nothing was shown yet.
    pub(super) fn is_new(&self) -> bool {
        self.display.is_none()
    }

    /// The signals that would end it.
    pub(super) fn heard(&mut self) -> &mut Heard {
        &mut self.heard
    }

    /// Shows what came of a call.
    pub(super) fn show(&mut self, outcome: Result<&Outcome, &anyhow::Error>) -> Result<()> {
        let display = match &mut self.display {
            Some(display) => display,
            None => self
                .display
                .insert(Display::open(&self.title, self.output)?),
        };
        display.show(outcome)?;
        display.draw()
    }

    /// Runs a future to its end; `None` where it was quit before.
    pub(super) async fn during<T>(&mut self, future: impl Future<Output = T>) -> Result<Option<T>> {
        let mut future = pin!(future);
        loop {
            let disturbed = disturbance(&mut self.display, &mut self.resizes);
            let waiting = async {
                Ok(match future::select(&mut future, pin!(disturbed)).await {
                    Either::Left((value, _)) => Ok(value),
                    Either::Right((disturbance, _)) => Err(disturbance),
                })
            };
            match self.heard.during(waiting).await? {
                Ok(value) => return Ok(Some(value)),
                Err(Disturbance::Pressed(Key::Quit)) => return Ok(None),
                Err(Disturbance::Pressed(Key::Interrupt)) => {
                    return Err(Interruption(Exit::Interrupted).into());
                }
                Err(Disturbance::Resized) => {}
            }
            if let Some(display) = &self.display {
                display.draw()?;
            }
        }
    }
}

async fn disturbance(
    display: &mut Option<Display<'_>>,
    resizes: &mut LocalBoxStream<'static, ()>,
) -> Disturbance {
    let pressed = async {
        match display {
            Some(display) => Disturbance::Pressed(display.key().await),
            None => future::pending().await,
        }
    };
    let resized = resizes.next().map(|_| Disturbance::Resized);
    future::select(pin!(pressed), resized)
        .await
        .factor_first()
        .0
}

impl std::fmt::Debug for Onlooker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Onlooker({})", self.title)
    }
}
