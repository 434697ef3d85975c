//! A queue for the stream that comes first, as long as the schedule says: registers that every
//! token moves up, or a memory in which a token stays where it is.

use dialects::flow::Queue;

use super::Form;
use super::writer::{Ports, Writer};

/// One of the streams: its valid bit, its token and the token's width.
pub struct Side {
    pub pin: (String, String),
    pub width: u32,
}

/// The valid bit and the token of both, the left one in the lower bits. It stands in the top
/// itself: what comes later is delayed by one clock cycle, when what it waited for shows.
pub fn join(w: &mut Writer, lhs: Side, rhs: Side, queue: Queue, form: Form) -> (String, String) {
    let (first, last) = match queue.lhs_waits {
        true => (&lhs, &rhs),
        false => (&rhs, &lhs),
    };
    let valid = w.delayed("joined_valid", &last.pin.0, 1, true);
    let late = w.delayed("joined", &last.pin.1, last.width, false);
    let front = match form.stores(queue) {
        true => stored(w, &first.pin, first.width, &last.pin.0, queue.depth),
        false => waiting(w, &first.pin, first.width, &valid, queue.depth),
    };
    let (left, right) = match queue.lhs_waits {
        true => (front, late),
        false => (late, front),
    };
    let token = w.joined(&[(left, lhs.width), (right, rhs.width)]);
    (valid, token)
}

/// The token that has waited longest, from a memory that is written and read around and
/// around. It is read when the one that it waits for comes, and shows one clock cycle later.
fn stored(
    w: &mut Writer,
    (comes, token): &(String, String),
    width: u32,
    goes: &str,
    depth: usize,
) -> String {
    let more = "a queue of several tokens has places to count";
    let (to, _) = w.counter("queue_end", comes, depth).expect(more);
    let (from, _) = w.counter("queue_front", goes, depth).expect(more);
    let ports = Ports {
        from: &from,
        enable: comes,
        to: &to,
        data: token,
    };
    w.memory("queue", (depth, width), ports)
}

/// The token that has waited longest: a shift register of those that came, and how many of
/// them wait.
fn waiting(
    w: &mut Writer,
    (comes, token): &(String, String),
    width: u32,
    goes: &str,
    depth: usize,
) -> String {
    let mut stages = Vec::with_capacity(depth);
    let mut next = token.clone();
    for at in 0..depth {
        next = w.held(&format!("waits_{at}"), comes, &next, width);
        stages.push(next.clone());
    }
    if depth == 1 {
        return next;
    }
    // One less than the number of those that wait: the place of the front.
    let bits = usize::BITS - (depth - 1).leading_zeros();
    // Empty is all ones, which a reset has to give: the register holds the complement.
    let (inverted, ones) = (w.register(), w.constant(-1, bits));
    let place = w.binary("xor", &inverted, &ones, bits);
    let one = w.constant(1, bits);
    let (more, less) = (
        w.binary("add", &place, &one, bits),
        w.binary("sub", &place, &one, bits),
    );
    let up = w.mux(goes, &place, &more, bits);
    let down = w.mux(goes, &less, &place, bits);
    let changed = w.mux(comes, &up, &down, bits);
    let kept = w.binary("xor", &changed, &ones, bits);
    w.drive(&inverted, "empty_places", &kept, bits, true);
    let mut level = stages;
    for bit in 0..bits {
        let chosen = w.extract(&place, bit, 1, bits);
        let pairs = level.chunks(2).map(|pair| match pair {
            [low, high] => w.mux(&chosen, high, low, width),
            _ => pair[0].clone(),
        });
        level = pairs.collect();
    }
    level.remove(0)
}
