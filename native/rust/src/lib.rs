//! The seam of onemalloc as Rust's global allocator.
//!
//! ```ignore
//! #[global_allocator]
//! static HEAP: onemalloc::Heap = onemalloc::Heap;
//! ```
//!
//! The functions stay undefined until a final artifact is made; `onemalloc link --kind …` defines them. Size and
//! alignment are passed to allocation and to free, so that jemalloc gets sized frees.

#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;

extern "C" {
    fn onemalloc_allocate(size: usize, alignment: usize) -> *mut c_void;
    fn onemalloc_allocate_zeroed(size: usize, alignment: usize) -> *mut c_void;
    fn onemalloc_reallocate(
        block: *mut c_void,
        old_size: usize,
        new_size: usize,
        alignment: usize,
    ) -> *mut c_void;
    fn onemalloc_resize_in_place(
        block: *mut c_void,
        old_size: usize,
        new_size: usize,
        alignment: usize,
    ) -> usize;
    fn onemalloc_deallocate(block: *mut c_void, size: usize, alignment: usize);
    fn onemalloc_usable_size(size: usize, alignment: usize) -> usize;
}

/// The heap of this process.
pub struct Heap;

// SAFETY: the contract of onemalloc.h includes that of GlobalAlloc: null if no block can be allocated, the old block
// untouched if reallocation fails, every function callable from any thread, and no unwinding out of C.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        onemalloc_allocate(layout.size(), layout.align()).cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        onemalloc_allocate_zeroed(layout.size(), layout.align()).cast()
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        onemalloc_reallocate(block.cast(), layout.size(), new_size, layout.align()).cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        onemalloc_deallocate(block.cast(), layout.size(), layout.align())
    }
}

impl Heap {
    /// Tries to change the size of a block without moving it, and returns the usable size afterwards, in bytes. Growing
    /// took place if and only if the result is at least `new_size`; then the block may be freed with any layout whose
    /// size is from `new_size` up to the result.
    ///
    /// # Safety
    /// `block` must be a live block of this heap, and `layout` a layout with which it may be freed.
    #[inline]
    pub unsafe fn resize_in_place(&self, block: *mut u8, layout: Layout, new_size: usize) -> usize {
        onemalloc_resize_in_place(block.cast(), layout.size(), new_size, layout.align())
    }

    /// Returns how many bytes of any block with this layout may be used: at least its size.
    #[inline]
    pub fn usable_size(&self, layout: Layout) -> usize {
        // SAFETY: the function reads only its arguments.
        unsafe { onemalloc_usable_size(layout.size(), layout.align()) }
    }
}
