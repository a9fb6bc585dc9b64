use strict;
use IO::Socket::INET;
my $ending = 0;
$SIG{TERM} = $ENV{GRACEFUL} ? sub { $ending = 1 } : sub { exit 2 };
$SIG{TERM} = "IGNORE" if $ENV{STUBBORN};
$SIG{PIPE} = "IGNORE";
$SIG{CHLD} = "IGNORE";
$| = 1;
print "starting\n";
select(undef, undef, undef, $ENV{DELAY} || 0);
my $port = $ENV{PORT} || 8080;
my $door = IO::Socket::INET->new(LocalAddr => $ENV{HOST} || "0.0.0.0", LocalPort => $port, Listen => 9) or die $!;
print "listening on $port\n";
my $asked_first = 0;
while (!$ending) {
    my $guest = $door->accept() or next;
    my $asked = <$guest>;
    while (my $line = <$guest>) { last if $line eq "\r\n" }
    my $end = time + 1;
    $asked_first ||= time;
    if ($asked =~ m{/slow}) { select(undef, undef, undef, 0.1) while time <= $end }
    my $status = $asked =~ m{/(health|slow)} ? "200 OK" : "404 Not Found";
    $status = "500 Sorry" if $asked =~ m{/broken} || ($asked =~ m{/health} && time - $asked_first < ($ENV{BROKEN} || 0));
    if ($asked =~ m{/(endless|trickle|huge|late)}) { misbehave($guest, $1) unless fork }
    elsif ($asked =~ m{/moved}) { print $guest "HTTP/1.1 302 Found\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n" }
    else { print $guest "HTTP/1.1 $status\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" }
    close $guest;
}
print "ended\n";

sub misbehave {
    my ($guest, $how) = @_;
    my $start = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    $guest->autoflush(1);
    if ($how eq "late") { for (1 .. 60) { print $guest substr($start, $_ - 1, 1) or last; sleep 1 } }
    print $guest "$start\r\n";
    if ($how eq "endless") { 1 while print $guest "x" x 65536 }
    if ($how eq "trickle") { for (1 .. 60) { print $guest "x" or last; sleep 1 } }
    if ($how eq "huge") { print $guest "y" x 65536 for 1 .. 64 }
    exit 0;
}
