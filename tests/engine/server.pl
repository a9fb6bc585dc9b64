use strict;
use IO::Socket::INET;
my $ending = 0;
$SIG{TERM} = $ENV{GRACEFUL} ? sub { $ending = 1 } : sub { exit 2 };
$SIG{TERM} = "IGNORE" if $ENV{STUBBORN};
$| = 1;
print "starting\n";
select(undef, undef, undef, $ENV{DELAY} || 0);
my $port = $ENV{PORT} || 8080;
my $door = IO::Socket::INET->new(LocalAddr => $ENV{HOST} || "0.0.0.0", LocalPort => $port, Listen => 9) or die $!;
print "listening on $port\n";
while (!$ending) {
    my $guest = $door->accept() or next;
    my $asked = <$guest>;
    while (my $line = <$guest>) { last if $line eq "\r\n" }
    my $end = time + 1;
    if ($asked =~ m{/slow}) { select(undef, undef, undef, 0.1) while time <= $end }
    my $status = $asked =~ m{/(health|slow)} ? "200 OK" : "404 Not Found";
    print $guest "HTTP/1.1 $status\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    close $guest;
}
print "ended\n";
