//! The shared heap takes only what threads can share.
use freehold::{Gc, Trace};
use std::rc::Rc;

#[derive(Trace)]
struct Local {
    #[trace(skip)]
    rc: Rc<u8>,
}

fn main() {
    Gc::new(Local { rc: Rc::new(1) });
}
