module example.com/coin

go 1.19
