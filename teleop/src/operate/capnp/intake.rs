//! [`Intake`]: messages, out of a stream of bytes that nobody vouches for.

use std::{io, ops::Range, pin::Pin, rc::Rc};

use capnp::{
    Word, any_pointer,
    message::{Reader, ReaderOptions, ReaderSegments},
};
use capnp_rpc::{IncomingMessage, rpc_capnp::message};
use futures::{AsyncRead, AsyncReadExt};

use super::{
    budget::{Account, Charge},
    ended::Ended,
};

/// What is read ahead, so that small messages that come together take one system call.
const AHEAD: usize = 16 << 10;
/// Room for the beginning of a message, in words. There is more when it has come.
const BEGINNING: usize = 1024;
/// How many times as much there is room for then.
const GROWTH: usize = 4;
/// More segments than any library makes of a message.
const MOST_SEGMENTS: usize = 511;
/// How often a message of the largest size may be read through: it is looked at before it is handed on.
const TRAVERSALS: usize = 4;

/// Reads messages, and takes memory for what has come, not for what is announced.
pub(super) struct Intake {
    input: Pin<Box<dyn AsyncRead>>,
    ahead: Box<[u8]>,
    /// What of `ahead` is not used yet.
    rest: Range<usize>,
    most_words: usize,
}

/// What was read.
pub(super) enum Read {
    Message(Message),
    /// A call for which there was no room: it was passed over, but for what it is.
    Skipped(Skipped),
}

/// A call of which only the beginning was looked at.
pub(super) struct Skipped {
    pub(super) question: u32,
    pub(super) interface: u64,
    pub(super) method: u16,
}

/// A message that was read; it counts until it is dropped.
pub(super) struct Message {
    reader: Reader<Segments>,
    _charge: Charge,
}

impl Intake {
    pub(super) fn new(input: impl AsyncRead + 'static, most_bytes: usize) -> Self {
        Self {
            input: Box::pin(input),
            ahead: vec![0; AHEAD].into(),
            rest: 0..0,
            most_words: most_bytes / size_of::<Word>(),
        }
    }

    /// Waits for the next message to begin; false where the stream ended after the last one.
    pub(super) async fn begins(&mut self) -> Result<bool, Ended> {
        Ok(!self.rest.is_empty() || self.fill().await? > 0)
    }

    /// The next message, where it is a small one and has been read ahead, all of it.
    pub(super) fn next_at_once(&mut self, account: &Rc<Account>) -> Option<Message> {
        let (head, rest) = self.ahead[self.rest.clone()].split_first_chunk()?;
        let [others, length] = numbers(head);
        let length = length as usize;
        let body = rest.get(..length.checked_mul(size_of::<Word>())?)?;
        let is_small = others == 0 && length <= BEGINNING.min(self.most_words);
        if !is_small || !account.has_room(body.len()) {
            return None;
        }
        let charge = account.charge(body.len());
        let mut words = Word::allocate_zeroed_vec(length);
        Word::words_to_bytes_mut(&mut words).copy_from_slice(body);
        self.rest.start += head.len() + body.len();
        Some(self.message(Ends::new(length), words, charge))
    }

    fn message(&self, ends: Ends, words: Vec<Word>, charge: Charge) -> Message {
        let mut options = ReaderOptions::new();
        options.traversal_limit_in_words(Some(self.most_words.saturating_mul(TRAVERSALS)));
        Message {
            reader: Reader::new(Segments { ends, words }, options),
            _charge: charge,
        }
    }

    /// The message that has begun.
    pub(super) async fn next(&mut self, account: &Rc<Account>) -> Result<Read, Ended> {
        let ends = self.segments().await?;
        let total = ends.last();
        let mut words = Vec::new();
        // What is there counts, and not what is announced.
        let mut charge = account.charge(0);
        while words.len() < total {
            let end = total.min(BEGINNING.max(GROWTH * words.len()));
            let more = (end - words.len()) * size_of::<Word>();
            let Some(more) = account.reserve(more).await else {
                return Ok(Read::Skipped(self.skip(total, ends, words).await?));
            };
            charge.join(more);
            self.read_up_to(end, &mut words).await?;
        }
        Ok(Read::Message(self.message(ends, words, charge)))
    }

    /// Passes over a message, but for what it is: that stands where it begins.
    async fn skip(
        &mut self,
        total: usize,
        mut ends: Ends,
        mut words: Vec<Word>,
    ) -> Result<Skipped, Ended> {
        let mut read = words.len();
        if read == 0 {
            read = total.min(BEGINNING);
            self.read_up_to(read, &mut words).await?;
        }
        words.truncate(BEGINNING);
        words.shrink_to_fit();
        let mut discarded = vec![0; AHEAD];
        while read < total {
            let count = (total - read).min(AHEAD / size_of::<Word>());
            self.read_exact(&mut discarded[..count * size_of::<Word>()])
                .await?;
            read += count;
        }
        ends.cut_off(words.len());
        let beginning = Reader::new(Segments { ends, words }, ReaderOptions::new());
        let message: message::Reader<'_> = beginning.get_root()?;
        // Nothing else can be refused without doing harm.
        let Ok(message::Call(call)) = message.which() else {
            return Err(Ended::NoRoom);
        };
        let call = call?;
        Ok(Skipped {
            question: call.get_question_id(),
            interface: call.get_interface_id(),
            method: call.get_method_id(),
        })
    }

    /// Reads on, until there are so many words.
    async fn read_up_to(&mut self, end: usize, words: &mut Vec<Word>) -> Result<(), Ended> {
        let begin = words.len();
        words.reserve_exact(end - begin);
        words.resize(end, capnp::word(0, 0, 0, 0, 0, 0, 0, 0));
        let room = Word::words_to_bytes_mut(&mut words[begin..]);
        self.read_exact(room).await
    }

    /// Where each segment of the message ends, in words.
    async fn segments(&mut self) -> Result<Ends, Ended> {
        let mut head = [0; 8];
        self.read_exact(&mut head).await?;
        let [count, first] = numbers(&head);
        let count = (count as usize).saturating_add(1);
        if count > MOST_SEGMENTS {
            return Err(Ended::Protocol(format!("a message of {count} segments")));
        }
        let mut ends = Ends::new(first as usize);
        // An even number of lengths follows, of which the last may be of no segment.
        for pair in 0..count / 2 {
            self.read_exact(&mut head).await?;
            let lengths = numbers(&head).into_iter().take(count - 1 - 2 * pair);
            lengths.for_each(|length| ends.push(length as usize));
        }
        let end = ends.last();
        if end > self.most_words {
            return Err(Ended::Request {
                bytes: end.saturating_mul(size_of::<Word>()),
                most: self.most_words * size_of::<Word>(),
            });
        }
        Ok(ends)
    }

    async fn read_exact(&mut self, mut into: &mut [u8]) -> Result<(), Ended> {
        while !into.is_empty() {
            let read = if self.rest.is_empty() && into.len() >= self.ahead.len() {
                self.input.read(into).await.map_err(gone)?
            } else {
                if self.rest.is_empty() {
                    self.fill().await?;
                }
                let count = self.rest.len().min(into.len());
                into[..count].copy_from_slice(&self.ahead[self.rest.start..][..count]);
                self.rest.start += count;
                count
            };
            if read == 0 {
                // Who ends in the midst of a message is as gone as who ends between two.
                return Err(Ended::Peer);
            }
            into = &mut into[read..];
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<usize, Ended> {
        let read = self.input.read(&mut self.ahead).await.map_err(gone)?;
        self.rest = 0..read;
        Ok(read)
    }
}

impl IncomingMessage for Message {
    fn get_body(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.reader.get_root()
    }
}

/// The memory of a message.
struct Segments {
    ends: Ends,
    words: Vec<Word>,
}

/// Where each segment of a message ends, in words. Most messages have one.
struct Ends {
    first: usize,
    others: Vec<usize>,
}

impl Ends {
    fn new(first: usize) -> Self {
        let others = Vec::new();
        Self { first, others }
    }

    fn push(&mut self, length: usize) {
        self.others.push(self.last().saturating_add(length));
    }

    fn last(&self) -> usize {
        self.others.last().copied().unwrap_or(self.first)
    }

    fn range(&self, index: usize) -> Option<Range<usize>> {
        match index {
            0 => Some(0..self.first),
            1 => Some(self.first..*self.others.first()?),
            _ => {
                // A pointer may lead to any segment, there or not.
                let end = *self.others.get(index - 1)?;
                Some(self.others[index - 2]..end)
            }
        }
    }

    fn cut_off(&mut self, most: usize) {
        for end in self.others.iter_mut().chain([&mut self.first]) {
            *end = (*end).min(most);
        }
    }
}

impl ReaderSegments for Segments {
    fn get_segment(&self, index: u32) -> Option<&[u8]> {
        let index = usize::try_from(index).ok()?;
        Some(Word::words_to_bytes(&self.words[self.ends.range(index)?]))
    }

    fn len(&self) -> usize {
        1 + self.ends.others.len()
    }
}

fn numbers(pair: &[u8; 8]) -> [u32; 2] {
    let pair = u64::from_le_bytes(*pair);
    [pair as u32, (pair >> 32) as u32]
}

fn gone(error: io::Error) -> Ended {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Ended::Peer,
        _ => Ended::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use capnp::message::Builder;
    use futures::{FutureExt, io::Cursor};

    use super::*;
    use crate::operate::capnp::budget::Budget;

    const MOST: usize = 1 << 20;

    fn account() -> Rc<Account> {
        Account::new(&Budget::new(MOST))
    }

    fn next(bytes: Vec<u8>) -> Result<Read, Ended> {
        let mut intake = Intake::new(Cursor::new(bytes), MOST);
        intake.next(&account()).now_or_never().unwrap()
    }

    fn text(read: Read) -> String {
        let Read::Message(message) = read else {
            panic!("there is room");
        };
        let text: capnp::text::Reader<'_> = message.get_body().unwrap().get_as().unwrap();
        text.to_string().unwrap()
    }

    fn message(text: &str, first_segment: u32) -> Vec<u8> {
        let allocator = capnp::message::HeapAllocator::new()
            .first_segment_words(first_segment)
            .allocation_strategy(capnp::message::AllocationStrategy::FixedSize);
        let mut message = Builder::new(allocator);
        message.set_root(text).unwrap();
        capnp::serialize::write_message_to_words(&message)
    }

    #[test]
    fn messages_are_read_as_they_were_written() {
        for length in [0, 1, 100, 4_000, 4_096, 9_000, 100_000, 1_000_000] {
            let sent = "x".repeat(length);
            for first_segment in [1, 4, 1 << 20] {
                let mut bytes = message(&sent, first_segment);
                bytes.extend(message("and on", first_segment));
                let mut intake = Intake::new(Cursor::new(bytes), MOST);
                let account = account();
                for expected in [&*sent, "and on"] {
                    assert_eq!(intake.begins().now_or_never(), Some(Ok(true)));
                    let read = intake.next(&account).now_or_never().unwrap();
                    assert_eq!(text(read.unwrap()), expected);
                }
                assert_eq!(intake.begins().now_or_never(), Some(Ok(false)));
                assert_eq!(account.held(), 0);
            }
        }
    }

    #[test]
    fn a_message_that_is_cut_off_is_a_connection_that_is_closed() {
        let whole = message("not all of it", 1);
        for length in 1..whole.len() {
            let cut = next(whole[..length].to_vec());
            assert!(matches!(cut, Err(Ended::Peer)), "{length}");
        }
    }

    #[test]
    fn a_pointer_to_a_segment_that_is_not_there_is_an_error() {
        for segments in 1..=3 {
            for leads_to in [segments, segments + 1, 131_073, u32::MAX] {
                // The root is a far pointer, and each segment has one word.
                let lengths = (0..segments).map(|_| 1);
                let mut bytes: Vec<u8> = [segments - 1]
                    .into_iter()
                    .chain(lengths)
                    .flat_map(u32::to_le_bytes)
                    .collect();
                bytes.resize(bytes.len().next_multiple_of(8), 0);
                for _ in 0..segments {
                    bytes.extend(2_u32.to_le_bytes());
                    bytes.extend(leads_to.to_le_bytes());
                }
                let Read::Message(message) = next(bytes).unwrap() else {
                    panic!("there is room");
                };
                let root = message.get_body().unwrap();
                assert!(root.get_as::<capnp::text::Reader<'_>>().is_err());
            }
        }
    }

    #[test]
    fn what_is_announced_counts_when_it_comes() {
        let mut lie = vec![0; 8];
        lie[4..].copy_from_slice(&(MOST as u32 / 8).to_le_bytes());
        let mut intake = Intake::new(Pending(lie), MOST);
        let account = account();
        let mut reading = intake.next(&account).boxed_local();
        assert!((&mut reading).now_or_never().is_none());
        assert_eq!(account.held(), BEGINNING * size_of::<Word>());
        drop(reading);
        assert_eq!(account.held(), 0);
    }

    #[test]
    fn a_call_without_room_is_passed_over_and_known() {
        let mut call = Builder::new_default();
        let mut root = call.init_root::<message::Builder<'_>>().init_call();
        root.set_question_id(7);
        root.set_interface_id(8);
        root.set_method_id(9);
        let text = "x".repeat(500_000);
        root.init_params().init_content().set_as(&*text).unwrap();
        let mut bytes = capnp::serialize::write_message_to_words(&call);
        bytes.extend(message("and on", 1));

        let budget = Budget::new(MOST);
        let _all = Account::new(&budget).charge(MOST);
        let account = Account::new(&budget);
        let mut intake = Intake::new(Cursor::new(bytes), MOST);
        let mut next = || async_io::block_on(intake.next(&account)).unwrap();
        let Read::Skipped(skipped) = next() else {
            panic!("there is no room");
        };
        let Skipped {
            question,
            interface,
            method,
        } = skipped;
        assert_eq!((question, interface, method), (7, 8, 9));
        assert_eq!(super::tests::text(next()), "and on");
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        for lie in [MOST as u32 / 8 + 1, u32::MAX] {
            let mut header = vec![0; 8];
            header[4..].copy_from_slice(&lie.to_le_bytes());
            assert!(matches!(next(header), Err(Ended::Request { .. })));
        }
        // Small segments add up.
        let mut header = 3_u32.to_le_bytes().to_vec();
        header.extend([(MOST as u32 / 8 / 3).to_le_bytes(); 4].concat());
        header.extend([0; 4]);
        assert!(matches!(next(header), Err(Ended::Request { .. })));
        for count in [MOST_SEGMENTS as u32, u32::MAX - 1, u32::MAX] {
            let mut header = vec![0; 8];
            header[..4].copy_from_slice(&count.to_le_bytes());
            assert!(matches!(next(header), Err(Ended::Protocol(_))), "{count}");
        }
    }

    /// Something to read, and then nothing for ever.
    struct Pending(Vec<u8>);

    impl AsyncRead for Pending {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            into: &mut [u8],
        ) -> std::task::Poll<io::Result<usize>> {
            if self.0.is_empty() {
                return std::task::Poll::Pending;
            }
            let count = self.0.len().min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            std::task::Poll::Ready(Ok(count))
        }
    }
}
