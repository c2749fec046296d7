/* functions that are distinct, and say back what they are told */
#define F(n) long f##n(long a) { return a; }
#define G(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7)
G(1) G(2) G(3) G(4)
