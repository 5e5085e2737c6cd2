package run

import "context"

// TakeOver copies the approved plans that the record names, and takes the approval for this run alone. A resumed run
// does it again. A run that ends without a write gives the approval back (Record.End).
func (r *Run) TakeOver(record *Record) error {
	err := r.Persist(func(ctx context.Context) error { return record.Store.UseApproval(ctx, record.PlanRun, r.ID) })
	if err != nil {
		return err
	}
	source := NewBook(r.Process, record.Store, record.Store.Writer, record.PlanRun)
	for place := range r.Devices {
		if r.Done[place] || r.Begun[place] {
			continue
		}
		plan, err := source.Plan(place)
		if err != nil {
			return err
		}
		if err := record.adopt(place, plan); err != nil {
			return err
		}
	}
	return nil
}
