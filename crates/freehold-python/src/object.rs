//! A live Python object, seen as memory.
//!
//! [`Obj`] is a pointer together with the promise under which it may be read: the object is alive and the GIL is
//! held for `'gil`. Its header can then be read safely; a field at an offset is as true as the layout that
//! names it, so those reads are `unsafe`, and their obligation is always the same: *the object's type has that
//! field at that offset* (see [`crate::layout`]).

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

use crate::api::{Inquiry, Pointer, TraverseProc};
use crate::layout::{OB_SIZE, flag, tp};

/// Proof that the GIL is held for `'gil`.
#[derive(Clone, Copy)]
pub(crate) struct Gil<'gil>(PhantomData<&'gil ()>);

impl Gil<'_> {
    /// # Safety
    /// The calling thread holds the GIL for as long as the value lives.
    pub(crate) unsafe fn assume() -> Self {
        Self(PhantomData)
    }
}

/// A live object; no reference of ours is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Obj<'gil>(usize, PhantomData<&'gil ()>);

impl<'gil> Obj<'gil> {
    /// # Safety
    /// `pointer` is null or points to an object that stays alive for `'gil`.
    pub(crate) unsafe fn new(_: Gil<'gil>, pointer: Pointer) -> Option<Self> {
        (!pointer.is_null()).then_some(Self(pointer as usize, PhantomData))
    }

    /// # Safety
    /// An object that stays alive for `'gil` is at `address`.
    pub(crate) unsafe fn at(_: Gil<'gil>, address: usize) -> Self {
        Self(address, PhantomData)
    }

    pub(crate) fn address(self) -> usize {
        self.0
    }

    pub(crate) fn as_ptr(self) -> Pointer {
        self.0 as Pointer
    }

    /// The raw reference count, all its bits.
    pub(crate) fn raw_count(self) -> u64 {
        // SAFETY: every object opens with its count.
        unsafe { self.read(0) }
    }

    /// The object's type.
    pub(crate) fn ty(self) -> Type<'gil> {
        // SAFETY: the second word of every object points to its type, which it keeps alive.
        Type(Obj(unsafe { self.read(8) }, PhantomData))
    }

    /// Reads a value in the object's memory.
    ///
    /// # Safety
    /// The object has a `T` at `offset`.
    pub(crate) unsafe fn read<T: Copy>(self, offset: isize) -> T {
        // SAFETY: by the caller's promise.
        unsafe { (self.0 as *const u8).offset(offset).cast::<T>().read_unaligned() }
    }

    /// The object that a field refers to, if it is not null.
    ///
    /// # Safety
    /// The object has a reference, possibly null, at `offset`.
    pub(crate) unsafe fn field(self, offset: isize) -> Option<Obj<'gil>> {
        // SAFETY: by the caller's promise; what a live object refers to is alive.
        let address: usize = unsafe { self.read(offset) };
        (address != 0).then_some(Obj(address, PhantomData))
    }

    /// `ob_size` of an object of variable size; elsewhere the word after the header.
    ///
    /// # Safety
    /// The object is longer than its header.
    pub(crate) unsafe fn ob_size(self) -> isize {
        // SAFETY: by the caller's promise.
        unsafe { self.read(OB_SIZE) }
    }
}

/// A live type object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type<'gil>(Obj<'gil>);

impl<'gil> Type<'gil> {
    /// # Safety
    /// `object` is an instance of `type`.
    pub(crate) unsafe fn from_object(object: Obj<'gil>) -> Self {
        Self(object)
    }

    pub(crate) fn object(self) -> Obj<'gil> {
        self.0
    }

    pub(crate) fn address(self) -> usize {
        self.0.0
    }

    /// A word of the type object's public part.
    fn word(self, offset: isize) -> usize {
        // SAFETY: `offset` is one of `layout::tp`, all within `PyTypeObject`.
        unsafe { self.0.read(offset) }
    }

    pub(crate) fn flags(self) -> usize {
        self.word(tp::FLAGS)
    }

    pub(crate) fn has(self, flag: usize) -> bool {
        self.flags() & flag != 0
    }

    /// Whether the type was made at run time and is itself counted and collected.
    pub(crate) fn is_heap(self) -> bool {
        self.has(flag::HEAPTYPE)
    }

    pub(crate) fn basicsize(self) -> usize {
        self.word(tp::BASICSIZE)
    }

    pub(crate) fn itemsize(self) -> usize {
        self.word(tp::ITEMSIZE)
    }

    pub(crate) fn traverse(self) -> Option<TraverseProc> {
        // SAFETY: `tp_traverse` is null or such a function.
        unsafe { std::mem::transmute(self.word(tp::TRAVERSE)) }
    }

    /// `tp_is_gc`: tells instances that the collector tracks from others, where a type has both.
    pub(crate) fn is_gc(self) -> Option<Inquiry> {
        // SAFETY: `tp_is_gc` is null or such a function.
        unsafe { std::mem::transmute(self.word(tp::IS_GC)) }
    }

    pub(crate) fn dictoffset(self) -> isize {
        self.word(tp::DICTOFFSET) as isize
    }

    pub(crate) fn members(self) -> usize {
        self.word(tp::MEMBERS)
    }

    /// `tp_base`.
    pub(crate) fn base(self) -> Option<Type<'gil>> {
        // SAFETY: `tp_base` refers to a type or is null.
        unsafe { self.0.field(tp::BASE) }.map(Type)
    }

    /// The type and its chain of `tp_base`.
    pub(crate) fn lineage(self) -> impl Iterator<Item = Type<'gil>> {
        std::iter::successors(Some(self), |ty| ty.base())
    }

    /// `tp_name`: a dotted name for types made in C, a plain one for others.
    pub(crate) fn name(self) -> &'gil CStr {
        // SAFETY: `tp_name` is a C string that lives as long as the type.
        unsafe { CStr::from_ptr(self.word(tp::NAME) as *const c_char) }
    }
}
