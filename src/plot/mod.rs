//! Data becomes marks on any Plotters backend.
