package web

import "strconv"

// pager has the links between the pages of a list.
type pager struct {
	Page, Pages    int // counted from 1
	First, Last    int // item shown, counted from 1; 0 in an empty list
	Before, Behind string
	from, to       int
}

func newPager(items, each, wanted int, address func(page string) string) pager {
	p := pager{Pages: max(1, (items+each-1)/each)}
	p.Page = min(max(1, wanted), p.Pages)
	p.from = (p.Page - 1) * each
	p.to = min(p.from+each, items)
	p.Last = p.to
	if items > 0 {
		p.First = p.from + 1
	}
	if p.Page > 1 {
		p.Before = address(strconv.Itoa(p.Page - 1))
	}
	if p.Page < p.Pages {
		p.Behind = address(strconv.Itoa(p.Page + 1))
	}
	return p
}
