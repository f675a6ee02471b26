#![no_main]
//! Begins with the corpus of pytorch.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rnnscope_fuzz::read(bytes));
