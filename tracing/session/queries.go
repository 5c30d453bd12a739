package session

import "slices"

// find returns an open session, nil if there is none of that name.
func (s *Store) find(scope Scope, name string) *live {
	for _, l := range s.open {
		if l.name == name && l.scope == scope {
			return l
		}
	}
	return nil
}

// with calls f with one open session, under the lock.
func (s *Store) with(scope Scope, name string, f func(*live) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.find(scope, name)
	if l == nil {
		return refusal(ErrUnknownSession, name)
	}
	return f(l)
}

// List returns the open sessions of a scope, oldest first, never nil.
func (s *Store) List(scope Scope) []Info {
	return slices.DeleteFunc(s.All(), func(i Info) bool { return i.Scope != scope })
}

// All returns all open sessions, oldest first, never nil.
func (s *Store) All() []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	infos := make([]Info, 0, len(s.open))
	for _, l := range s.open {
		infos = append(infos, l.info())
	}
	return infos
}

// Find returns one session. ErrUnknownSession.
func (s *Store) Find(scope Scope, name string) (info Info, err error) {
	err = s.with(scope, name, func(l *live) error {
		info = l.info()
		return nil
	})
	return info, err
}

// Transactions returns what a session has recorded, oldest first, never nil. ErrUnknownSession.
func (s *Store) Transactions(scope Scope, name string) (list []*Transaction, err error) {
	err = s.with(scope, name, func(l *live) error {
		list = append([]*Transaction{}, l.transactions...)
		return nil
	})
	return list, err
}

// Get returns one transaction of a session. ErrUnknownSession, ErrUnknownTransaction.
func (s *Store) Get(scope Scope, name, id string) (found *Transaction, err error) {
	err = s.with(scope, name, func(l *live) error {
		for _, t := range l.transactions {
			if t.id == id {
				found = t
				return nil
			}
		}
		return refusal(ErrUnknownTransaction, id)
	})
	return found, err
}

// Delete ends a session and discards its data. ErrUnknownSession.
func (s *Store) Delete(scope Scope, name string) error {
	return s.with(scope, name, func(l *live) error {
		s.end(l)
		return nil
	})
}

// Subscribe returns all transactions of a session as they are recorded, those recorded before first. The channel
// loses none, and is closed when the session ends or cancel is called. cancel may be called more than once.
// ErrUnknownSession, ErrTooMany.
func (s *Store) Subscribe(scope Scope, name string) (feed <-chan *Transaction, cancel func(), err error) {
	var own chan *Transaction
	var session *live
	err = s.with(scope, name, func(l *live) error {
		if len(l.feeds) >= maxFeeds {
			return refusal(ErrTooMany, "subscribers of "+name)
		}
		own, session = l.subscribe(), l
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return own, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		session.unsubscribe(own)
	}, nil
}

// Faults returns the faulty transactions kept, newest first, never nil.
func (s *Store) Faults() []*Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := append([]*Transaction{}, s.faults.list...)
	slices.Reverse(list)
	return list
}

// Fault returns one of them by transaction id or message id. ErrUnknownTransaction.
func (s *Store) Fault(id string) (*Transaction, error) {
	for _, t := range s.Faults() {
		if t.id == id || t.record.MessageID == id {
			return t, nil
		}
	}
	return nil, refusal(ErrUnknownTransaction, id)
}

// Lookup returns a recorded transaction by transaction id or message id, wherever it is: in an open session or among
// the faults kept. ErrUnknownTransaction.
func (s *Store) Lookup(id string) (*Transaction, error) {
	if t := s.recorded(id); t != nil {
		return t, nil
	}
	return s.Fault(id)
}

// recorded looks in the open sessions, nil if there is none.
func (s *Store) recorded(id string) *Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.open {
		for _, t := range l.transactions {
			if t.id == id || t.record.MessageID == id {
				return t
			}
		}
	}
	return nil
}
