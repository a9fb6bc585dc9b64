# Polls a server in this network namespace until it responds with 200, and sends one more request on SIGUSR1.
# Arguments: port, path, path of the last request, bytes of a body to keep, timeout of a request and lifetime of this
# script (both in seconds).
# Prints a tab-separated line whenever the response changes: keyword, time, HTTP status, whether the response is complete
# (1 or 0), redirect target or error, and for the first 200 its body in hexadecimal digits.
use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::INET;
use Time::HiRes qw(alarm sleep time);

my ($port, $path, $last_path, $bytes, $seconds, $life) = @ARGV;
my $end = time + $life;
my $send = 0;
$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{USR1} = sub { $send = 1 };

# The address that other hosts use, so that a server that listens on loopback only isn't found. Sends no packet.
my $probe = IO::Socket::INET->new(Proto => "udp", PeerAddr => "192.0.2.1", PeerPort => 9);
my $host = $probe ? $probe->sockhost : "127.0.0.1";
my $http = HTTP::Tiny->new(
    max_redirect => 0, timeout => $seconds, max_size => 16 * $bytes, keep_alive => 0,
    proxy => undef, http_proxy => undef, https_proxy => undef,
);

sub ask {
    my ($where) = @_;
    my ($body, $status, $cut) = ("", 0, 0);
    local $SIG{ALRM} = sub { die "no complete response within $seconds s\n" };
    my $keep = sub {
        $body .= $_[0];
        $status = $_[1]{status};
        if (length $body > $bytes) { $cut = 1; die "the body is longer\n" }
    };
    alarm $seconds;
    my $answer = $http->get("http://$host:$port$where", { data_callback => $keep });
    alarm 0;
    my $whole = $cut || $answer->{status} != 599;
    $status ||= $answer->{status} == 599 ? 0 : $answer->{status};
    my $words = $whole ? $answer->{headers}{location} // "" : $answer->{content} // "";
    $words =~ s/[^ -~]+/ /g;
    return { at => time, status => $status, whole => $whole ? 1 : 0, words => substr($words, 0, 200), body => $body };
}

sub say_it {
    my ($word, $answer, $body) = @_;
    print join("\t", $word, sprintf("%.6f", $answer->{at}), @{$answer}{qw(status whole words)}, $body), "\n";
}

my $said = "";
while (time < $end) {
    my $answer = ask($path);
    if ($answer->{status} == 200 && $answer->{whole}) {
        say_it("answer", $answer, unpack("H*", substr($answer->{body}, 0, $bytes + 1)));
        last;
    }
    my $kind = join " ", @{$answer}{qw(status whole words)};
    say_it("answer", $answer, "") if $kind ne $said;
    $said = $kind;
    sleep 0.005;
}
sleep 0.01 until $send || time >= $end;
if ($send) {
    print "sent\n";
    say_it("ended", ask($last_path), "");
}
sleep 0.1 while time < $end;
