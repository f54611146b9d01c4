use std::rc::Rc;

use capnp::Error;

use crate::everything_capnp::{everything, named};

/// A service that has every type of Cap'n Proto.
pub struct Everything;

impl everything::Server for Everything {
    async fn echo(
        self: Rc<Self>,
        params: everything::EchoParams,
        mut results: everything::EchoResults,
    ) -> Result<(), Error> {
        results.get().set_it(params.get()?.get_it()?)
    }

    async fn defaults(
        self: Rc<Self>,
        _: everything::DefaultsParams,
        mut results: everything::DefaultsResults,
    ) -> Result<(), Error> {
        results.get().init_it();
        Ok(())
    }

    async fn count(
        self: Rc<Self>,
        params: everything::CountParams,
        _: everything::CountResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let counter = params.get_counter()?;
        for number in 1..=params.get_to() {
            let mut request = counter.next_request();
            request.get().set_number(number);
            request.send().await?; // Until the counter can take another.
        }
        Ok(())
    }

    async fn swap(
        self: Rc<Self>,
        params: everything::SwapParams,
        mut results: everything::SwapResults,
    ) -> Result<(), Error> {
        let pair = params.get()?.get_pair()?;
        let mut swapped = results.get().init_pair();
        swapped.set_first(pair.get_second()?)?;
        swapped.set_second(pair.get_first()?)
    }

    async fn blob(
        self: Rc<Self>,
        params: everything::BlobParams,
        mut results: everything::BlobResults,
    ) -> Result<(), Error> {
        const MOST: u32 = 32 << 20;

        let size = params.get()?.get_size();
        if size > MOST {
            return Err(Error::failed(format!("{MOST} bytes are the most")));
        }
        let bytes = results.get().init_blob(size);
        for (byte, number) in bytes.iter_mut().zip(0_u32..) {
            *byte = (number % 256) as u8;
        }
        Ok(())
    }

    async fn greet(
        self: Rc<Self>,
        params: everything::GreetParams,
        mut results: everything::GreetResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let (left, right) = (params.get_left()?, params.get_right()?);
        for (listener, word) in [(&left, "bonjour"), (&right, "hello")] {
            let mut request = listener.hello_request();
            request.get().set_word(word);
            request.send().promise.await?;
        }
        right.goodbye_request().send().promise.await?;
        results.get().set_said(3);
        Ok(())
    }
}

impl named::Server for Everything {
    async fn name(
        self: Rc<Self>,
        _: named::NameParams,
        mut results: named::NameResults,
    ) -> Result<(), Error> {
        results.get().set_name("everything");
        Ok(())
    }
}
