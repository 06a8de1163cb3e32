"""Jobs: one plain function each, frozen request in, result out. No Qt; any front end runs them."""
