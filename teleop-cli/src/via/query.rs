//! What a verb prints elsewhere, as JSON.

use anyhow::Result;
use futures::AsyncReadExt;
use serde::de::DeserializeOwned;

use super::{Failure, Via, errand::Errand};
use crate::{cli::Options, clock::Clock, output::Output, signal};

/// Has a verb print its JSON elsewhere, and reads it: within the time that the user gave, and until a
/// signal says otherwise.
pub(crate) fn query<T: DeserializeOwned>(
    via: &Via,
    words: &[&str],
    options: &Options,
    output: &Output,
) -> Result<T> {
    let mut words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    let shown = words.len();
    words.push("--json".to_owned());
    async_io::block_on(async {
        let clock = Clock::start(options.timeout);
        let mut started = None;
        let asking = async {
            let (errand, stdin, stdout) = Errand::start(via, &words, shown, options, output)?;
            let errand = started.insert(errand);
            drop(stdin);
            let mut printed = Vec::new();
            let mut printing = stdout.take(MOST);
            if clock
                .limit(printing.read_to_end(&mut printed))
                .await
                .is_none()
            {
                let line = errand.line.clone();
                let after = options.timeout;
                return Err(Failure::Silent { line, after }.into());
            }
            match errand.ended().await {
                Some(status) if status.success() => read(errand, &printed),
                _ => Err(errand.failure().await.into()),
            }
        };
        let asked = signal::until_interrupted(asking).await;
        if let Some(errand) = started {
            errand.stop().await;
            // What succeeded had but notes to give.
            if let (Ok(_), Some(note)) = (&asked, errand.said().await.message) {
                output.note(note);
            }
        }
        asked
    })
}

/// More than any honest verb prints.
const MOST: u64 = 64 << 20;

fn read<T: DeserializeOwned>(errand: &Errand, printed: &[u8]) -> Result<T> {
    serde_json::from_slice(printed).map_err(|_| {
        let line = errand.line.clone();
        let noise = Failure::excerpt(printed);
        Failure::Noise { line, noise }.into()
    })
}
