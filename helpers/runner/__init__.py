"""Running all sections: results, report, export, tests."""
