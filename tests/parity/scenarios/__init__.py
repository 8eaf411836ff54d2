"""The scenarios, one module a subject. A scenario is a public function whose first parameter is `torch`."""
