package upkeep_test

import "prism-access/internal/page"

func pageOf(limit int) page.Query { return page.Query{Limit: &limit} }
