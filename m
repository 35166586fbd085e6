step,time,d_loss,fd,"g,loss"
1,10.000,0.5,,
1,11.000,,2.5,
2,12.000,nan,,1.5
