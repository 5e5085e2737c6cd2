package audiocodes

import "context"

// turns says which of a client's requests may be under way: at most one over each of two connections, and a write
// only alone. Those that wait are served in the order in which they came.
type turns struct{ first, second chan struct{} } // of one each: held by the request under way

func newTurns() turns { return turns{first: make(chan struct{}, 1), second: make(chan struct{}, 1)} }

// read waits for the first connection or, while mayBeTwo allows it and once the first connection stands, for either.
// The caller must call leave.
func (t turns) read(
	ctx context.Context, mayBeTwo func() bool, stands <-chan struct{},
) (beside bool, leave func(), err error) {
	select {
	case t.first <- struct{}{}:
		return false, t.leaveFirst, nil
	default:
	}
	if mayBeTwo() {
		select {
		case t.first <- struct{}{}:
			return false, t.leaveFirst, nil
		case <-stands:
		case <-ctx.Done():
			return false, nil, ctx.Err()
		}
		select {
		case t.first <- struct{}{}:
			return false, t.leaveFirst, nil
		case t.second <- struct{}{}:
		case <-ctx.Done():
			return false, nil, ctx.Err()
		}
		if mayBeTwo() {
			return true, t.leaveSecond, nil
		}
		t.leaveSecond()
	}
	return false, t.leaveFirst, take(ctx, t.first)
}

// write waits until no other request is under way, and keeps all others waiting. The caller must call leave.
func (t turns) write(ctx context.Context) (leave func(), err error) {
	if err := take(ctx, t.first); err != nil {
		return nil, err
	}
	if err := take(ctx, t.second); err != nil {
		t.leaveFirst()
		return nil, err
	}
	return func() { t.leaveSecond(); t.leaveFirst() }, nil
}

func (t turns) leaveFirst()  { <-t.first }
func (t turns) leaveSecond() { <-t.second }

func take(ctx context.Context, turn chan<- struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
