//! [`Sink`]: where the values of a command go, as many at a time as there are.

use std::collections::VecDeque;

use capnp::{
    Error, ErrorKind,
    capability::{Promise, Response},
};
use futures::{FutureExt, StreamExt, stream::FusedStream};
use teleop_schema::command_capnp::items;

use super::{ahead::Ahead, failure::Failure, run::Outcome};

/// So many values are handed on at a time, at most, or
const MOST: usize = 512;
/// so many bytes of them.
const MOST_BYTES: usize = 16 << 10;
/// So often it is given more before it has taken what it was given.
const MOST_GIVEN: usize = 4;

/// Some values of a command, that were there at once.
pub(super) struct Batch {
    pub(super) values: Vec<String>,
    /// What ended them, if something did.
    pub(super) ended: Result<(), Failure>,
    /// Nobody has taken them.
    ahead: Ahead,
}

impl Batch {
    /// Waits for the next value, and takes what else is there by then.
    pub(super) async fn next(
        from: &mut (impl FusedStream<Item = Outcome> + Unpin),
    ) -> Option<Self> {
        let mut next = from.next().await;
        let mut batch = Self {
            values: Vec::new(),
            ended: Ok(()),
            ahead: Ahead::default(),
        };
        let mut bytes = 0;
        loop {
            match next? {
                Ok(value) => {
                    bytes += value.len();
                    batch.ahead.add(value.len());
                    batch.values.push(value);
                }
                Err(failure) => batch.ended = Err(failure),
            }
            let is_full = batch.values.len() == MOST || bytes >= MOST_BYTES || Ahead::is_too_much();
            if batch.ended.is_err() || is_full {
                return Some(batch);
            }
            match from.next().now_or_never() {
                Some(Some(value)) => next = Some(value),
                // Where that was all, it is found again.
                Some(None) | None => return Some(batch),
            }
        }
    }
}

/// Where the values of a command go.
pub(super) struct Sink {
    items: items::Client,
    /// Whether it takes several at a time; `None` while nobody has asked.
    takes_many: Option<bool>,
    /// What it has been given, and has not taken yet.
    given: VecDeque<Promise<Response<items::items_results::Owned>, Error>>,
}

impl Sink {
    pub(super) fn new(items: items::Client) -> Self {
        Self {
            items,
            takes_many: None,
            given: VecDeque::new(),
        }
    }

    /// Hands values on, and waits until more can be taken.
    pub(super) async fn take(&mut self, values: &[String]) -> capnp::Result<()> {
        if values.len() > 1 && self.takes_many().await? {
            self.give(values);
            while self.given.len() > MOST_GIVEN {
                self.taken().await?;
            }
            return Ok(());
        }
        self.all_taken().await?;
        for value in values {
            let mut request = self.items.item_request();
            request.get().set_json(value);
            request.send().await?;
        }
        Ok(())
    }

    /// Waits until it has taken all that it was given.
    pub(super) async fn all_taken(&mut self) -> capnp::Result<()> {
        while !self.given.is_empty() {
            self.taken().await?;
        }
        Ok(())
    }

    async fn taken(&mut self) -> capnp::Result<()> {
        if let Some(given) = self.given.pop_front() {
            given.await?;
        }
        Ok(())
    }

    fn give(&mut self, values: &[String]) {
        let mut request = self.items.items_request();
        // There are no more than MOST of them.
        let mut list = request.get().init_json(values.len() as u32);
        for (index, value) in (0..).zip(values) {
            list.set(index, value);
        }
        self.given.push_back(request.send().promise);
    }

    /// Asks by handing on nothing at all.
    async fn takes_many(&mut self) -> capnp::Result<bool> {
        if let Some(takes_many) = self.takes_many {
            return Ok(takes_many);
        }
        self.give(&[]);
        let takes_many = match self.taken().await {
            Ok(()) => true,
            Err(error) if error.kind == ErrorKind::Unimplemented => false,
            Err(error) => return Err(error),
        };
        self.takes_many = Some(takes_many);
        Ok(takes_many)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use async_io::block_on;
    use futures::stream;

    use super::*;

    /// What came, together.
    type Taken = Rc<RefCell<Vec<Vec<String>>>>;

    struct OneByOne(Taken);

    impl items::Server for OneByOne {
        async fn item(self: Rc<Self>, params: items::ItemParams) -> capnp::Result<()> {
            let value = params.get()?.get_json()?.to_string()?;
            self.0.borrow_mut().push(vec![value]);
            Ok(())
        }
    }

    struct Several(Taken);

    impl items::Server for Several {
        async fn item(self: Rc<Self>, params: items::ItemParams) -> capnp::Result<()> {
            Rc::new(OneByOne(self.0.clone())).item(params).await
        }

        async fn items(
            self: Rc<Self>,
            params: items::ItemsParams,
            _: items::ItemsResults,
        ) -> capnp::Result<()> {
            let list = params.get()?.get_json()?;
            let values = list.iter().map(|value| Ok(value?.to_string()?));
            let values = values.collect::<capnp::Result<_>>()?;
            self.0.borrow_mut().push(values);
            Ok(())
        }
    }

    #[test]
    fn who_takes_one_value_at_a_time_is_given_one_at_a_time() {
        let taken = Taken::default();
        let mut sink = Sink::new(capnp_rpc::new_client(OneByOne(taken.clone())));
        for values in [&["1"][..], &["2", "3"], &["4", "5"]] {
            let values: Vec<_> = values.iter().map(|it| (*it).to_owned()).collect();
            block_on(sink.take(&values)).unwrap();
        }
        assert_eq!(*taken.borrow(), [["1"], ["2"], ["3"], ["4"], ["5"]]);
    }

    #[test]
    fn who_takes_several_values_is_given_those_that_are_there() {
        let taken = Taken::default();
        let mut sink = Sink::new(capnp_rpc::new_client(Several(taken.clone())));
        let values = (0..MOST + 3).map(|number| Ok(number.to_string()));
        let failure = || Failure::of("no more");
        let mut values = stream::iter(values.chain([Err(failure())])).fuse();
        let mut ended = Vec::new();
        while let Some(batch) = block_on(Batch::next(&mut values)) {
            block_on(sink.take(&batch.values)).unwrap();
            block_on(sink.all_taken()).unwrap();
            ended.push(batch.ended);
        }
        assert_eq!(ended, [Ok(()), Err(failure())]);
        let taken = taken.borrow();
        // Nothing at all, to find out whether it takes several.
        assert_eq!(taken.iter().map(Vec::len).collect::<Vec<_>>(), [0, MOST, 3]);
        assert!(
            taken.concat().iter().eq((0..MOST + 3)
                .map(|it| it.to_string())
                .collect::<Vec<_>>()
                .iter())
        );
    }

    #[test]
    fn large_values_go_one_by_one() {
        let large = "x".repeat(MOST_BYTES);
        let mut values = stream::iter([Ok(large.clone()), Ok(large)]).fuse();
        for _ in 0..2 {
            assert_eq!(block_on(Batch::next(&mut values)).unwrap().values.len(), 1);
        }
        assert!(block_on(Batch::next(&mut values)).is_none());
    }
}
