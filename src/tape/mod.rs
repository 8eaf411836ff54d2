//! What was recorded: tensors, nodes, and the arena that holds them.
//!
//! A node names its operator by a number and holds plain data, so the tape knows no operator and
//! releasing a graph runs no rule. Hooks, user functions and traces are opaque payloads that upper
//! rooms open. What must not come here: a derivative, a kernel, anything of the host language.

pub mod apart;
pub mod arena;
pub mod geometry;
pub mod host;
pub mod mode;
pub mod node;
pub mod origin;
pub mod record;
pub mod side;

pub use arena::{Link, Ref, Weak, insert, place};
pub use geometry::Geometry;
pub use node::{Edge, Meta, Node, Saved};
pub use record::{TensorRecord, VersionCell};

use crate::buffers::confined;
use crate::storage::Storage;
use arena::{Blank, Record, Slab};

macro_rules! slabs {
    ($($slab:ident: $record:ty, $hooks:tt;)*) => {
        $(
            confined! { static $slab: Slab<$record> = Slab::new(); }
            impl Record for $record {
                #[inline(always)]
                fn with_slab<R>(f: impl FnOnce(&Slab<Self>) -> R) -> Option<R> {
                    $slab.try_with(f).ok()
                }
                slabs!(@hooks $hooks);
            }
        )*
        /// How many records of each kind are alive: what a leak shows up in.
        pub fn live() -> [(&'static str, usize); slabs!(@count $($slab)*)] {
            [$((stringify!($slab), $slab.with(|s| s.live()))),*]
        }
    };
    (@count $($x:ident)*) => { <[&str]>::len(&[$(stringify!($x)),*]) };
    (@hooks plain) => {};
    (@hooks end) => {
        const IS_END: bool = true;
    };
    (@hooks identity) => {
        #[inline(always)]
        fn became_shared(&self) {
            self.hold_handle();
        }
        #[inline(always)]
        fn became_single(&self) {
            self.let_go_of_handle();
        }
    };
}

impl Blank for Storage {
    fn blank() -> Self {
        Storage::inline(0)
    }
    #[inline(always)]
    fn retire(&mut self) {
        self.end();
    }
}

slabs! {
    TENSORS: TensorRecord, identity;
    NODES: Node, plain;
    STORAGES: Storage, end;
    VERSIONS: VersionCell, end;
    SIDES: side::TensorSide, plain;
    NODE_SIDES: side::NodeSide, plain;
    PARAMS: node::Params, plain;
}
